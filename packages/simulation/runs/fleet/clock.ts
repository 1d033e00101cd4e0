import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** The clock of the machine with its wall clock turned; sleeps take real time. */
export const turned = (ahead: () => number): Clock.Clock => {
  const real = Clock.make()
  const now = () => real.unsafeCurrentTimeMillis() + ahead()
  return {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: now,
    currentTimeMillis: Effect.sync(now),
    unsafeCurrentTimeNanos: () => real.unsafeCurrentTimeNanos(),
    currentTimeNanos: real.currentTimeNanos,
    sleep: (duration) => real.sleep(duration)
  }
}

/** Milliseconds of the monotonic clock of the machine, which all processes share. */
export const monotonic = (): number => Number(process.hrtime.bigint()) / 1e6
