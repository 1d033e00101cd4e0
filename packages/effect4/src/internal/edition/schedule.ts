import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Pull from "effect/Pull"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"

/** Delays that double from `first` up to `cap`, with full jitter. */
export const fullJitter = (first: Duration.Input, cap: Duration.Input): Schedule.Schedule<unknown> => {
  const most = Duration.fromInputUnsafe(cap)
  return Schedule.modifyDelay(
    Schedule.exponential(first),
    ({ duration }) => Effect.map(Random.next, (part) => Duration.times(Duration.min(duration, most), part))
  )
}

/**
 * Steps a schedule from its beginning, input by input. Each step returns how many milliseconds to wait from `now`, or none
 * at the end of the schedule.
 */
export const stepper = <Input>(schedule: Schedule.Schedule<unknown, Input>, now: () => number) => {
  let step: Effect.Success<ReturnType<typeof Schedule.toStep<unknown, Input, never, never>>> | undefined
  return (input: Input): Effect.Effect<Option.Option<number>> =>
    Effect.gen(function*() {
      step ??= yield* Schedule.toStep(schedule)
      const [, delay] = yield* step(now(), input)
      return Option.some(Duration.toMillis(delay))
    }).pipe(Pull.catchDone(() => Effect.succeedNone))
}
