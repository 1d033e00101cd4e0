import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

interface Timer {
  readonly at: number
  readonly fire: () => void
}

/**
 * The time of a simulated world: `elapsed` is monotonic and moves when the world says so, the wall clock stands `offset`
 * before it and can be turned.
 */
export class VirtualClock implements Clock.Clock {
  readonly [Clock.ClockTypeId]: Clock.ClockTypeId = Clock.ClockTypeId
  elapsed = 0
  longestSleep = 0
  private offset: number
  private readonly timers: Array<Timer> = []

  constructor(start: number) {
    this.offset = start
  }

  get wall(): number {
    return Math.floor(this.elapsed + this.offset)
  }

  get sleepers(): number {
    return this.timers.length
  }

  turn(millis: number): void {
    this.offset += millis
  }

  unsafeCurrentTimeMillis(): number {
    return this.wall
  }

  unsafeCurrentTimeNanos(): bigint {
    return BigInt(Math.round(this.elapsed * 1e6))
  }

  readonly currentTimeMillis = Effect.sync(() => this.unsafeCurrentTimeMillis())

  readonly currentTimeNanos = Effect.sync(() => this.unsafeCurrentTimeNanos())

  sleep(duration: Duration.Duration): Effect.Effect<void> {
    return Effect.async<void>((resume) => {
      const millis = Duration.toMillis(duration)
      const timer: Timer = { at: this.elapsed + millis, fire: () => resume(Effect.void) }
      this.longestSleep = Math.max(this.longestSleep, millis)
      this.timers.push(timer)
      return Effect.sync(() => this.remove(timer))
    })
  }

  /** Lets something happen that is nobody's sleep; gives back what calls it off. */
  after(millis: number, fire: () => void): () => void {
    const timer: Timer = { at: this.elapsed + millis, fire }
    this.timers.push(timer)
    return () => this.remove(timer)
  }

  /** Moves to the first timer up to `until` and fires it, or to `until` where there is none. */
  wakeNext(until: number): boolean {
    const next = this.timers.reduce<Timer | undefined>(
      (first, timer) => timer.at <= until && (first === undefined || timer.at < first.at) ? timer : first,
      undefined
    )
    if (next === undefined) {
      this.elapsed = until
      return false
    }
    this.remove(next)
    this.elapsed = Math.max(this.elapsed, next.at)
    next.fire()
    return true
  }

  private remove(timer: Timer): void {
    const index = this.timers.indexOf(timer)
    if (index >= 0) {
      this.timers.splice(index, 1)
    }
  }
}
