/**
 * What the answers of the platform say about the points its document leaves open: a plain function from what was seen to
 * what is to be set.
 *
 * @since 0.1.0
 */
import type * as JindouyunConfig from "@jindouyun/core/JindouyunConfig"
import type * as JindouyunError from "@jindouyun/core/JindouyunError"
import * as Either from "effect/Either"
import { what } from "./Report.js"

/**
 * What one login, one refresh before expiry and one call have shown.
 *
 * @since 0.1.0
 * @category models
 */
export interface Seen {
  /** How the login wrote `code`. */
  readonly codeType: "number" | "string" | "unknown"
  /** What became of the refresh with the refresh token of the login, its access token being good. */
  readonly refresh: Either.Either<{ readonly isNewAccessToken: boolean }, JindouyunError.TokenRequestError>
  /** What became of the call, `undefined` where no path was named. */
  readonly call: Call | undefined
}

/**
 * A call with the access token of the login. If that is rejected it is made once more, as every call is, with the one of
 * the refresh.
 *
 * @since 0.1.0
 * @category models
 */
export interface Call {
  readonly isOldTokenRejected: boolean
  readonly outcome: Either.Either<void, JindouyunError.TokenError>
}

/**
 * A point and what is known of it now. `ok`: as it is set, or nothing to be set; `set`: something else is to be set;
 * `open`: the answers do not tell.
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
 * A line for each point.
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
    ? { point: "code type", state: "open", text: "the answer to the login could not be looked into" }
    : { point: "code type", state: "ok", text: `code is a ${codeType}; both are understood` }

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
      field("ok", `${refreshTokenField} is taken`),
      early(
        "ok",
        refresh.right.isNewAccessToken
          ? "a refresh before expiry brings a new pair"
          : "a refresh before expiry is answered with the access token there is"
      )
    ]
  }
  const failure = refresh.left
  if (failure._tag === "InvalidParameter") {
    return [
      field("set", `${refreshTokenField} is refused (${failure.code}): ${setField}`),
      early("open", "not asked by that")
    ]
  }
  if (failure._tag === "TokenRejected") {
    return [
      field("open", `the token in ${refreshTokenField} was read, it seems, and refused (${failure.code})`),
      early("set", `a refresh before expiry is refused (${failure.code}): ${setEarly}`)
    ]
  }
  if ("code" in failure) {
    return [
      field("open", `a refresh is refused (${failure.code}): if that means the field, ${setField}`),
      early("open", `if it means that it came too early, ${setEarly}`)
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
    return finding("open", "there was no second access token to tell by")
  }
  if (Either.isLeft(call.outcome)) {
    return finding("open", "the call did not succeed")
  }
  return call.isOldTokenRejected
    ? finding("ok", "a refresh revokes the older access token, as is assumed")
    : finding("ok", "an older access token is still taken after a refresh; the opposite is assumed, which does no harm")
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
    return finding("ok", `the token is found in the ${present}`)
  }
  const failure = call.outcome.left
  if (failure._tag === "TokenRejected") {
    return finding(
      "set",
      `a fresh token in the ${present} is rejected: set JINDOUYUN_TOKEN_PLACEMENT=${
        tokenPlacement === "header" ? "query" : "header"
      } or another JINDOUYUN_TOKEN_NAME`
    )
  }
  if (failure._tag === "UnrecognizedReturnCode") {
    return finding(
      "open",
      `the call is refused (${failure.code}): if that means the token, set JINDOUYUN_RETURN_CODES=${failure.code}=reauthenticate and probe again`
    )
  }
  return finding("open", what(failure, "en"))
}

const unasked = "not asked: name a report with --path"
