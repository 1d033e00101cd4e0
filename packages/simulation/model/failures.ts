import type { TokenError } from "@jindouyun/core/JindouyunError"
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"

/** The failure of a caller; `undefined` for a token, an interruption or a defect. */
export const failureOf = <E>(exit: Exit.Exit<unknown, E>): E | undefined =>
  Exit.isFailure(exit) ? Option.getOrUndefined(Cause.failureOption(exit.cause)) : undefined

export const isRefusal = (
  failure: TokenError
): failure is Extract<TokenError, { readonly attempts: number; readonly retryAfter?: number | undefined }> =>
  "code" in failure
    ? !String(failure.code).startsWith("5")
    : failure._tag === "UnexpectedResponse" && failure.reason === "status"
      && (failure.status === 401 || failure.status === 403)

export const isOfRefresh = (failure: TokenError): boolean =>
  "endpoint" in failure && failure.endpoint.endsWith("refresh_token")

export const nextTryAtOf = (failure: TokenError): number | undefined =>
  "nextTryAt" in failure ? failure.nextTryAt?.epochMillis : undefined

/** The return code or the HTTP status of a failure, or its tag. */
export const signOf = (failure: TokenError): number | string =>
  "code" in failure ? failure.code : "status" in failure ? failure.status : failure._tag

/** Whether a refusal by this return code or HTTP status still holds: 40001 for ever, any other for one hour. */
export const isInForce = (sign: number, refusedAt: number, wall: number): boolean =>
  sign === 40001 || Math.abs(wall - refusedAt) < 60 * 60 * 1000
