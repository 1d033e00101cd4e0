/**
 * Derives settings from the platform's responses, for the points that its document leaves open.
 *
 * @since 0.1.0
 */
import type * as JindouyunConfig from "@jindouyun/core/JindouyunConfig"
import type * as JindouyunError from "@jindouyun/core/JindouyunError"
import * as Either from "effect/Either"
import { what } from "./Report.js"

/**
 * The results of one login, one refresh before expiry and one call.
 *
 * @since 0.1.0
 * @category models
 */
export interface Seen {
  /** The type of `code` in the response to the login. */
  readonly codeType: "number" | "string" | "unknown"
  /** The result of a refresh while the access token of the login is valid. */
  readonly refresh: Either.Either<{ readonly isNewAccessToken: boolean }, JindouyunError.TokenRequestError>
  /** The result of the call; `undefined` without a path. */
  readonly call: Call | undefined
}

/**
 * A call with the access token of the login. If the platform rejects that token, the call is repeated once with the token
 * of the refresh.
 *
 * @since 0.1.0
 * @category models
 */
export interface Call {
  readonly isOldTokenRejected: boolean
  readonly outcome: Either.Either<void, JindouyunError.TokenError>
}

/**
 * A point and its result. `ok`: the settings are right. `set`: a setting must change. `open`: the responses do not decide
 * the point.
 *
 * @since 0.1.0
 * @category models
 */
export interface Finding {
  readonly point: "code type" | "field name" | "early refresh" | "revocation" | "placement"
  readonly state: "ok" | "set" | "open"
  readonly text: string
}

/**
 * One finding for each point.
 *
 * @since 0.1.0
 * @category findings
 */
export const findings = (
  seen: Seen,
  config: Pick<JindouyunConfig.Service, "refreshTokenField" | "tokenName" | "tokenPlacement">
): ReadonlyArray<Finding> => [
  codeType(seen),
  ...refresh(seen, config),
  revocation(seen),
  placement(seen, config)
]

const codeType = ({ codeType }: Seen): Finding =>
  codeType === "unknown"
    ? { point: "code type", state: "open", text: "the response to the login could not be parsed" }
    : { point: "code type", state: "ok", text: `code is a ${codeType}; the library accepts numbers and strings` }

const refresh = (
  { refresh }: Seen,
  { refreshTokenField }: Pick<JindouyunConfig.Service, "refreshTokenField">
): ReadonlyArray<Finding> => {
  const field = (state: Finding["state"], text: string): Finding => ({ point: "field name", state, text })
  const early = (state: Finding["state"], text: string): Finding => ({ point: "early refresh", state, text })
  const other = refreshTokenField === "refreshToken" ? "refresh_token" : "refreshToken"
  const setField = `set JINDOUYUN_REFRESH_TOKEN_FIELD=${other}`
  const setEarly = "set JINDOUYUN_EARLY_REFRESH=0"
  if (Either.isRight(refresh)) {
    return [
      field("ok", `${refreshTokenField} is accepted`),
      early(
        "ok",
        refresh.right.isNewAccessToken
          ? "a refresh before expiry returns a new pair"
          : "a refresh before expiry returns the same access token"
      )
    ]
  }
  const failure = refresh.left
  if (failure._tag === "InvalidParameter") {
    return [
      field("set", `${refreshTokenField} is refused (${failure.code}): ${setField}`),
      early("open", "not tested, because the field was refused")
    ]
  }
  if (failure._tag === "TokenRejected") {
    return [
      field("open", `the platform seems to read ${refreshTokenField}, but refuses its token (${failure.code})`),
      early("set", `a refresh before expiry is refused (${failure.code}): ${setEarly}`)
    ]
  }
  if ("code" in failure) {
    return [
      field("open", `a refresh is refused (${failure.code}): if the code means a wrong field, ${setField}`),
      early("open", `if the code means that the refresh was too early, ${setEarly}`)
    ]
  }
  const trouble = what(failure, "en")
  return [field("open", trouble), early("open", trouble)]
}

const revocation = ({ call, refresh }: Seen): Finding => {
  const finding = (state: Finding["state"], text: string): Finding => ({ point: "revocation", state, text })
  if (call === undefined) {
    return finding("open", unasked)
  }
  if (Either.isLeft(refresh) || !refresh.right.isNewAccessToken) {
    return finding("open", "not tested: the refresh returned no new access token")
  }
  if (Either.isLeft(call.outcome)) {
    return finding("open", "the call did not succeed")
  }
  return call.isOldTokenRejected
    ? finding("ok", "a refresh revokes the older access token, as the library assumes")
    : finding(
      "ok",
      "the older access token is still accepted after a refresh; the library assumes the opposite, which is safe"
    )
}

const placement = (
  { call }: Seen,
  { tokenName, tokenPlacement }: Pick<JindouyunConfig.Service, "tokenName" | "tokenPlacement">
): Finding => {
  const finding = (state: Finding["state"], text: string): Finding => ({ point: "placement", state, text })
  const present = `${tokenPlacement} ${tokenName}`
  if (call === undefined) {
    return finding("open", unasked)
  }
  if (Either.isRight(call.outcome)) {
    return finding("ok", `the platform accepts the token in the ${present}`)
  }
  const failure = call.outcome.left
  if (failure._tag === "TokenRejected") {
    return finding(
      "set",
      `a new token in the ${present} is rejected: set JINDOUYUN_TOKEN_PLACEMENT=${
        tokenPlacement === "header" ? "query" : "header"
      } or another JINDOUYUN_TOKEN_NAME`
    )
  }
  if (failure._tag === "UnrecognizedReturnCode") {
    return finding(
      "open",
      `the call is refused (${failure.code}): if the code means an invalid token, set JINDOUYUN_RETURN_CODES=${failure.code}=reauthenticate and probe again`
    )
  }
  return finding("open", what(failure, "en"))
}

const unasked = "not tested: name a report with --path"
