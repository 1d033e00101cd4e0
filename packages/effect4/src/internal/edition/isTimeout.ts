import * as Cause from "effect/Cause"

/** Whether an error is that of `Effect.timeout`. */
export const isTimeout: (error: unknown) => boolean = Cause.isTimeoutError
