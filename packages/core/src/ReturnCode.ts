/**
 * The return codes of the platform as data: what a code means and what to do about it.
 *
 * The platform's document (2021-12-12) prints one code, `20000`; its appendix of return codes is missing. The other rows
 * are a convention taken from platforms with the same envelope, not the platform's word. An account holder who has the
 * appendix sets the dispositions with the option `returnCodes`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * The reaction that a return code demands: nothing, a retry, a new token, or a person.
 *
 * @since 0.1.0
 * @category models
 */
export type Disposition = "success" | FailureDisposition

/**
 * The disposition of an error. `success` belongs to `20000` alone.
 *
 * @since 0.1.0
 * @category models
 */
export type FailureDisposition = typeof FailureDisposition.Type

/**
 * The schema of the dispositions of an error.
 *
 * @since 0.1.0
 * @category schemas
 */
export const FailureDisposition = Schema.Literal("retry", "reauthenticate", "fatal")

/**
 * A sentence in the two languages of the platform's users.
 *
 * @since 0.1.0
 * @category models
 */
export interface Localized {
  readonly en: string
  readonly zh: string
}

/**
 * One row of the table. `documented` codes are in the platform's document, `convention` codes are not.
 *
 * @since 0.1.0
 * @category models
 */
export interface ReturnCode {
  readonly code: number
  readonly tag: string
  readonly meaning: Localized
  readonly disposition: Disposition
  readonly provenance: "documented" | "convention"
}

/**
 * The one return code of success.
 *
 * @since 0.1.0
 * @category table
 */
export const success = 20000

const row = <const Code extends number, const Tag extends string, const D extends Disposition>(
  code: Code,
  tag: Tag,
  disposition: D,
  en: string,
  zh: string,
  provenance: ReturnCode["provenance"] = "convention"
) => ({ code, tag, disposition, meaning: { en, zh }, provenance }) satisfies ReturnCode

/**
 * Every return code with a name.
 *
 * @since 0.1.0
 * @category table
 */
export const table = [
  row(success, "Success", "success", "the data was returned correctly", "数据返回正确", "documented"),
  row(30005, "ApiVersionRejected", "fatal", "the API version is not supported", "API 版本不受支持"),
  row(40000, "InvalidParameter", "fatal", "a parameter is missing or wrong", "参数缺失或错误"),
  row(40001, "AuthenticationFailed", "fatal", "the authentication failed", "认证失败"),
  row(40003, "TokenRejected", "reauthenticate", "the token is invalid or has expired", "Token 无效或已过期"),
  row(50000, "ServerFailure", "retry", "the server failed", "服务器错误"),
  row(50001, "UnknownServerFailure", "retry", "the server failed for an unknown reason", "服务器未知错误")
] as const

/**
 * The tags of the failures in the table. `JindouyunError` has one class for each.
 *
 * @since 0.1.0
 * @category models
 */
export type FailureTag = Exclude<typeof table[number]["tag"], "Success">

const byCode: ReadonlyMap<number, typeof table[number]> = new Map(table.map((row) => [row.code, row]))

/**
 * The row of a code, `undefined` if the table has none.
 *
 * @since 0.1.0
 * @category table
 */
export const lookup = (code: number): typeof table[number] | undefined => byCode.get(code)

/**
 * Dispositions by code, set with the option `returnCodes`. A disposition never changes the class of an error.
 *
 * @since 0.1.0
 * @category dispositions
 */
export type Dispositions = { readonly [code: number]: FailureDisposition }

/**
 * The disposition of a code: set by the user, else by the table. An unknown code of family 5 (first digit) is retried, any
 * other is fatal.
 *
 * @since 0.1.0
 * @category dispositions
 */
export const disposition = (code: number, dispositions: Dispositions = {}): Disposition =>
  code === success
    ? "success"
    : dispositions[code] ?? lookup(code)?.disposition ?? (family(code) === 5 ? "retry" : "fatal")

/**
 * The first digit of a code.
 *
 * @since 0.1.0
 * @category dispositions
 */
export const family = (code: number): number => Number(String(code)[0])
