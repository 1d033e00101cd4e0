import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Intervals from "effect/ScheduleIntervals"

/** Delays that double from `first` up to `cap`, with full jitter. */
export const fullJitter = (first: Duration.DurationInput, cap: Duration.DurationInput): Schedule.Schedule<unknown> =>
  Schedule.exponential(first).pipe(
    Schedule.modifyDelay((_, delay) => Duration.min(delay, cap)),
    Schedule.jitteredWith({ min: 0, max: 1 })
  )

/**
 * Steps a schedule from its beginning, input by input. Each step returns how many milliseconds to wait from `now`, or none
 * at the end of the schedule.
 */
export const stepper = <Input>(schedule: Schedule.Schedule<unknown, Input>, now: () => number) => {
  let state: unknown = schedule.initial
  return (input: Input): Effect.Effect<Option.Option<number>> =>
    Effect.suspend(() => schedule.step(now(), input, state)).pipe(
      Effect.map(([next, , decision]) => {
        state = next
        return decision._tag === "Done" ? Option.none() : Option.some(Intervals.start(decision.intervals) - now())
      })
    )
}
