/**
 * The return codes of the platform as data: what a code means, what to do about it, and who says so.
 *
 * The platform's document (2021-12-12) prints one code only, `20000`; its appendix of return codes is missing. The
 * other rows are a convention, taken from platforms that answer the same envelope, and are never to be quoted as the
 * platform's word. An account holder who has the appendix sets the dispositions of codes by option or environment.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"

/**
 * What a return code asks of the client: nothing, the same call again, a new token first, or a human.
 *
 * @since 0.1.0
 * @category models
 */
export type Disposition = typeof Disposition.Type

/**
 * The schema of the four dispositions.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Disposition = /*#__PURE__*/ Schema.Literal("success", "retry", "reauthenticate", "fatal")

/**
 * What an error can be: every disposition but `success`, which belongs to `20000` alone.
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
 * One row of the table. `documented` is the platform's own word, `convention` is ours.
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

/**
 * Every return code this library knows by name.
 *
 * @since 0.1.0
 * @category table
 */
export const table = [
  {
    code: success,
    tag: "Success",
    meaning: { en: "the data was returned correctly", zh: "数据返回正确" },
    disposition: "success",
    provenance: "documented"
  },
  {
    code: 30005,
    tag: "ApiVersionRejected",
    meaning: { en: "the API version is not supported", zh: "API 版本不受支持" },
    disposition: "fatal",
    provenance: "convention"
  },
  {
    code: 40000,
    tag: "InvalidParameter",
    meaning: { en: "a parameter is missing or wrong", zh: "参数缺失或错误" },
    disposition: "fatal",
    provenance: "convention"
  },
  {
    code: 40001,
    tag: "AuthenticationFailed",
    meaning: { en: "the authentication failed", zh: "认证失败" },
    disposition: "fatal",
    provenance: "convention"
  },
  {
    code: 40003,
    tag: "TokenRejected",
    meaning: { en: "the token is invalid or has expired", zh: "Token 无效或已过期" },
    disposition: "reauthenticate",
    provenance: "convention"
  },
  {
    code: 50000,
    tag: "ServerFailure",
    meaning: { en: "the server failed", zh: "服务器错误" },
    disposition: "retry",
    provenance: "convention"
  },
  {
    code: 50001,
    tag: "UnknownServerFailure",
    meaning: { en: "the server failed for an unknown reason", zh: "服务器未知错误" },
    disposition: "retry",
    provenance: "convention"
  }
] as const satisfies ReadonlyArray<ReturnCode>

/**
 * The tags of the errors that the table names: one class in `JindouyunError` each.
 *
 * @since 0.1.0
 * @category models
 */
export type FailureTag = Exclude<typeof table[number]["tag"], "Success">

const byCode: ReadonlyMap<number, typeof table[number]> = new Map(table.map((row) => [row.code, row]))

/**
 * The row of a code, `undefined` for a code the table does not know.
 *
 * @since 0.1.0
 * @category table
 */
export const lookup = (code: number): typeof table[number] | undefined => byCode.get(code)

/**
 * Dispositions set by the user, by code. They change what is done about a code, never the class of its error.
 *
 * @since 0.1.0
 * @category dispositions
 */
export type Dispositions = { readonly [code: number]: FailureDisposition }

/**
 * What a code asks for: the user's word first, then the table's; of the codes nobody named those of family 5 (first
 * digit) are worth a retry and all others are fatal.
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

/**
 * Reads dispositions as the environment gives them, `41009=retry,40103=reauthenticate`; the left side says what is
 * wrong with them.
 *
 * @since 0.1.0
 * @category dispositions
 */
export const parseDispositions = (text: string): Either.Either<Dispositions, string> => {
  const dispositions: { [code: number]: FailureDisposition } = {}
  for (const entry of text.split(",")) {
    const match = /^\s*([0-9]{1,9})\s*=\s*(retry|reauthenticate|fatal)\s*$/.exec(entry)
    if (match === null) {
      return Either.left("has an entry that is not code=disposition")
    }
    const code = Number(match[1])
    if (code in dispositions) {
      return Either.left(`sets ${code} twice`)
    }
    dispositions[code] = match[2] as FailureDisposition
  }
  return checkDispositions(dispositions)
}

/**
 * Refuses dispositions that cannot be: of `20000`, of something that is no return code, or unknown ones.
 *
 * @since 0.1.0
 * @category dispositions
 */
export const checkDispositions = (dispositions: Dispositions): Either.Either<Dispositions, string> => {
  for (const [code, value] of Object.entries(dispositions)) {
    if (!/^(0|[1-9][0-9]{0,8})$/.test(code)) {
      return Either.left("has a key that is not a return code of one to nine digits")
    }
    if (Number(code) === success) {
      return Either.left(`sets a disposition for ${success}, which is success`)
    }
    if (!Schema.is(FailureDisposition)(value)) {
      return Either.left(`gives ${code} a disposition that does not exist`)
    }
  }
  return Either.right(dispositions)
}
