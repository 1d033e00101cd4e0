import type * as PlatformError from "@effect/platform/Error"
import * as Predicate from "effect/Predicate"

/** Whether a step on the system failed for one of these reasons. */
export const isReason = (...reasons: ReadonlyArray<string>) => (error: PlatformError.PlatformError): boolean =>
  error._tag === "SystemError" && reasons.includes(error.reason)

/** The parts of an error of the system that repeat nothing of its content. */
export interface Step {
  readonly method: string | undefined
  readonly path: string | undefined
  readonly reason: string | undefined
}

export const stepOf = (error: unknown): Step => ({
  method: textOf(error, "method"),
  path: textOf(error, "pathOrDescriptor"),
  reason: textOf(error, "reason")
})

const textOf = (error: unknown, name: string): string | undefined =>
  Predicate.hasProperty(error, name) && error[name] !== undefined ? String(error[name]) : undefined
