/**
 * Derives settings from the platform's responses, for the points that its document leaves open.
 *
 * @since 0.1.0
 */
import type * as JindouyunConfig from "@jindouyun/core/JindouyunConfig"
import type * as JindouyunError from "@jindouyun/core/JindouyunError"
import type * as ReturnCode from "@jindouyun/core/ReturnCode"
import * as Either from "effect/Either"
import { whatInBoth } from "./Report.js"

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
  readonly point: keyof typeof labels
  readonly state: "ok" | "set" | "open"
  readonly text: ReturnCode.Localized
}

/**
 * The names of the points, as they are printed.
 *
 * @since 0.1.0
 * @category models
 */
export const labels = {
  "code type": { en: "code type", zh: "code 类型" },
  "field name": { en: "field name", zh: "字段名" },
  "early refresh": { en: "early refresh", zh: "提前刷新" },
  revocation: { en: "revocation", zh: "旧 Token" },
  placement: { en: "placement", zh: "Token 位置" }
} satisfies { readonly [point: string]: ReturnCode.Localized }

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
    ? {
      point: "code type",
      state: "open",
      text: { en: "the response to the login could not be parsed", zh: "无法解析登录的响应" }
    }
    : {
      point: "code type",
      state: "ok",
      text: {
        en: `code is a ${codeType}; the library accepts numbers and strings`,
        zh: `code 是${codeType === "number" ? "数字" : "字符串"}；两种类型都可接受`
      }
    }

const refresh = (
  { refresh }: Seen,
  { refreshTokenField: name }: Pick<JindouyunConfig.Service, "refreshTokenField">
): ReadonlyArray<Finding> => {
  const finding = (point: Finding["point"]) => (state: Finding["state"], en: string, zh: string): Finding => ({
    point,
    state,
    text: { en, zh }
  })
  const field = finding("field name")
  const early = finding("early refresh")
  const other = name === "refreshToken" ? "refresh_token" : "refreshToken"
  const setField = `JINDOUYUN_REFRESH_TOKEN_FIELD=${other}`
  const setEarly = "JINDOUYUN_EARLY_REFRESH=0"
  if (Either.isRight(refresh)) {
    return [
      field("ok", `${name} is accepted`, `${name} 可用`),
      refresh.right.isNewAccessToken
        ? early("ok", "a refresh before expiry returns a new pair", "到期前刷新返回一对新 Token")
        : early("ok", "a refresh before expiry returns the same access token", "到期前刷新返回原来的 accessToken")
    ]
  }
  const failure = refresh.left
  if (failure._tag === "InvalidParameter") {
    return [
      field(
        "set",
        `${name} is refused (${failure.code}): set ${setField}`,
        `${name} 被拒绝（${failure.code}）：请设置 ${setField}`
      ),
      early("open", "not tested, because the field was refused", "字段名被拒绝，因此未检测")
    ]
  }
  if (failure._tag === "TokenRejected") {
    return [
      field(
        "open",
        `the platform seems to read ${name}, but refuses its token (${failure.code})`,
        `平台似乎读取 ${name}，但拒绝其 Token（${failure.code}）`
      ),
      early(
        "set",
        `a refresh before expiry is refused (${failure.code}): set ${setEarly}`,
        `到期前刷新被拒绝（${failure.code}）：请设置 ${setEarly}`
      )
    ]
  }
  if ("code" in failure) {
    return [
      field(
        "open",
        `a refresh is refused (${failure.code}): if the code means a wrong field, set ${setField}`,
        `刷新被拒绝（${failure.code}）：如果该返回码表示字段名有误，请设置 ${setField}`
      ),
      early(
        "open",
        `if the code means that the refresh was too early, set ${setEarly}`,
        `如果该返回码表示刷新过早，请设置 ${setEarly}`
      )
    ]
  }
  const { en, zh } = whatInBoth(failure)
  return [field("open", en, zh), early("open", en, zh)]
}

const revocation = ({ call, refresh }: Seen): Finding => {
  const finding = (state: Finding["state"], en: string, zh: string): Finding => ({
    point: "revocation",
    state,
    text: { en, zh }
  })
  if (call === undefined) {
    return { point: "revocation", state: "open", text: unasked }
  }
  if (Either.isLeft(refresh) || !refresh.right.isNewAccessToken) {
    return finding(
      "open",
      "not tested: the refresh returned no new access token",
      "未检测：刷新没有返回新的 accessToken"
    )
  }
  if (Either.isLeft(call.outcome)) {
    return finding("open", "the call did not succeed", "调用没有成功")
  }
  return call.isOldTokenRejected
    ? finding(
      "ok",
      "a refresh revokes the older access token, as the library assumes",
      "刷新会使旧的 accessToken 失效，与假定一致"
    )
    : finding(
      "ok",
      "the older access token is still accepted after a refresh; the library assumes the opposite, which is safe",
      "刷新后旧的 accessToken 仍可用；假定与此相反，但没有影响"
    )
}

const placement = (
  { call }: Seen,
  { tokenName, tokenPlacement }: Pick<JindouyunConfig.Service, "tokenName" | "tokenPlacement">
): Finding => {
  const finding = (state: Finding["state"], text: ReturnCode.Localized): Finding => ({
    point: "placement",
    state,
    text
  })
  const present = `${tokenPlacement} ${tokenName}`
  const presentZh = `${tokenPlacement === "header" ? "请求头" : "查询参数"} ${tokenName}`
  if (call === undefined) {
    return finding("open", unasked)
  }
  if (Either.isRight(call.outcome)) {
    return finding("ok", {
      en: `the platform accepts the token in the ${present}`,
      zh: `平台接受${presentZh} 中的 Token`
    })
  }
  const failure = call.outcome.left
  if (failure._tag === "TokenRejected" || failure.disposition === "reauthenticate") {
    const other = `JINDOUYUN_TOKEN_PLACEMENT=${tokenPlacement === "header" ? "query" : "header"}`
    return finding("set", {
      en: `a new token in the ${present} is rejected: set ${other} or another JINDOUYUN_TOKEN_NAME`,
      zh: `${presentZh} 中的新 Token 被拒绝：请设置 ${other}，或修改 JINDOUYUN_TOKEN_NAME`
    })
  }
  if (failure._tag === "UnrecognizedReturnCode") {
    const setting = `JINDOUYUN_RETURN_CODES=${failure.code}=reauthenticate`
    return finding("open", {
      en: `the call is refused (${failure.code}): if the code means an invalid token, set ${setting} and probe again`,
      zh: `调用被拒绝（${failure.code}）：如果该返回码表示 Token 无效，请设置 ${setting} 后重新检测`
    })
  }
  return finding("open", whatInBoth(failure))
}

const unasked = { en: "not tested: name a report with --path", zh: "未检测：请用 --path 指定一个报表" }
