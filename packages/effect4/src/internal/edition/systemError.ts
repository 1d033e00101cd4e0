import * as PlatformError from "effect/PlatformError"
import * as Predicate from "effect/Predicate"

/** Whether a step on the system failed for one of these reasons. */
export const isReason = (...reasons: ReadonlyArray<string>) => ({ reason }: PlatformError.PlatformError): boolean =>
  reason._tag !== "BadArgument" && reasons.includes(reason._tag)

/** The parts of an error of the system that repeat nothing of its content. */
export interface Step {
  readonly method: string | undefined
  readonly path: string | undefined
  readonly reason: string | undefined
}

export const stepOf = (error: unknown): Step => {
  const step = systemErrorOf(error)
  return {
    method: textOf(step, "method"),
    path: textOf(step, "pathOrDescriptor"),
    reason: textOf(step, step instanceof PlatformError.SystemError ? "_tag" : "reason")
  }
}

// The error of a `KeyValueStore` contains the error of the system as its cause.
const systemErrorOf = (error: unknown): unknown =>
  PlatformError.isPlatformError(error)
    ? error.reason
    : Predicate.hasProperty(error, "cause") && PlatformError.isPlatformError(error.cause)
    ? error.cause.reason
    : error

const textOf = (value: unknown, name: string): string | undefined => {
  const part = Predicate.hasProperty(value, name) ? value[name] : undefined
  return Predicate.isString(part) || Predicate.isNumber(part) ? String(part) : undefined
}
