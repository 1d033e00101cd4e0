/** A seeded choice between a few possibilities. Seed 0 always takes the first, which keeps a shrunk history simple. */
export class Chooser {
  private state: number

  constructor(seed: number) {
    this.state = seed | 0
  }

  /** A whole number from 0 to `bound - 1`. */
  next(bound: number): number {
    if (this.state === 0 || bound < 2) {
      return 0
    }
    let x = this.state
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.state = x
    return (x >>> 0) % bound
  }
}
