import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

interface Timer {
  readonly at: number
  /** Timers of one instant fire in the order in which they were set. */
  readonly number: number
  /** `undefined` once the timer is cancelled. */
  fire: (() => void) | undefined
}

/**
 * Virtual time. `elapsed` is monotonic and moves only when the run moves it; the wall clock is `elapsed` plus an offset,
 * which `turn` changes.
 */
export class VirtualClock implements Clock.Clock {
  readonly [Clock.ClockTypeId]: Clock.ClockTypeId = Clock.ClockTypeId
  elapsed = 0
  longestSleep = 0
  /** How many timers are set. */
  sleepers = 0
  private offset: number
  private made = 0
  /** A binary heap: the first timer is at the front. */
  private readonly timers: Array<Timer> = []

  constructor(start: number) {
    this.offset = start
  }

  get wall(): number {
    return Math.floor(this.elapsed + this.offset)
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
      this.longestSleep = Math.max(this.longestSleep, millis)
      return Effect.sync(this.after(millis, () => resume(Effect.void)))
    })
  }

  /** Calls `fire` after a time; returns a function that cancels the call. */
  after(millis: number, fire: () => void): () => void {
    const timer: Timer = { at: this.elapsed + millis, number: this.made++, fire }
    this.insert(timer)
    this.sleepers += 1
    return () => {
      if (timer.fire !== undefined) {
        timer.fire = undefined
        this.sleepers -= 1
      }
    }
  }

  /** Moves to the first timer up to `until` and fires it; without one, moves to `until` and returns `false`. */
  wakeNext(until: number): boolean {
    for (let first = this.timers[0]; first !== undefined && first.at <= until; first = this.timers[0]) {
      this.removeFirst()
      const { fire } = first
      if (fire !== undefined) {
        first.fire = undefined
        this.sleepers -= 1
        this.elapsed = Math.max(this.elapsed, first.at)
        fire()
        return true
      }
    }
    this.elapsed = until
    return false
  }

  private insert(timer: Timer): void {
    let index = this.timers.push(timer) - 1
    for (let parent = this.timers[(index - 1) >> 1]; index > 0; parent = this.timers[(index - 1) >> 1]) {
      if (parent === undefined || isBefore(parent, timer)) {
        break
      }
      this.timers[index] = parent
      index = (index - 1) >> 1
    }
    this.timers[index] = timer
  }

  private removeFirst(): void {
    const last = this.timers.pop()
    if (last === undefined || this.timers.length === 0) {
      return
    }
    let index = 0
    for (;;) {
      const left = this.timers[2 * index + 1]
      const right = this.timers[2 * index + 2]
      const child = right !== undefined && left !== undefined && isBefore(right, left) ? right : left
      if (child === undefined || isBefore(last, child)) {
        break
      }
      this.timers[index] = child
      index = 2 * index + (child === right ? 2 : 1)
    }
    this.timers[index] = last
  }
}

const isBefore = (one: Timer, other: Timer): boolean =>
  one.at < other.at || (one.at === other.at && one.number < other.number)
