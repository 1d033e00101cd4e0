/**
 * The parameters of `call`, and the value that it prints.
 *
 * @since 0.1.0
 */
import type * as Endpoint from "@jindouyun/core/Endpoint"
import type * as ReturnCode from "@jindouyun/core/ReturnCode"
import * as Token from "@jindouyun/core/Token"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import type * as Redacted from "effect/Redacted"
import * as LosslessJson from "lossless-json"
import { UsageError } from "./Failure.js"
import { repeatedName } from "./internal/repeatedName.js"

/**
 * The source of the parameters.
 *
 * @since 0.1.0
 * @category models
 */
export type Place =
  | { readonly _tag: "None" }
  | { readonly _tag: "Text"; readonly text: string }
  | { readonly _tag: "File"; readonly path: string }
  | { readonly _tag: "Stdin" }

/**
 * Parses `--data`: `@file`, `-` or `@-` for stdin, or the JSON itself.
 *
 * @since 0.1.0
 * @category constructors
 */
export const place = (data: string | undefined): Place =>
  data === undefined
    ? { _tag: "None" }
    : data === "-" || data === "@-"
    ? { _tag: "Stdin" }
    : data.startsWith("@")
    ? { _tag: "File", path: data.slice(1) }
    : { _tag: "Text", text: data }

/**
 * The name of the source in an error.
 *
 * @since 0.1.0
 * @category rendering
 */
export const nameOf = (place: Place): ReturnCode.Localized =>
  place._tag === "File"
    ? { en: `the --data file ${JSON.stringify(place.path)}`, zh: `--data 指定的文件 ${JSON.stringify(place.path)}` }
    : place._tag === "Stdin"
    ? { en: "--data at stdin", zh: "标准输入中的 --data" }
    : { en: "--data", zh: "--data" }

/**
 * The parameters of a call: a query, or the JSON of a body as it was written.
 *
 * @since 0.1.0
 * @category models
 */
export type Parameters =
  | { readonly _tag: "Query"; readonly query: { readonly [name: string]: string | ReadonlyArray<string> } }
  | { readonly _tag: "Body"; readonly text: string }

/**
 * Checks that a text is JSON, and returns the parameters as they are sent.
 *
 * **Details**
 *
 * A body is the text itself, so that each number keeps its digits. A `GET` or `DELETE` sends the parameters in the query:
 * they must be names with simple values, and a number is sent as it was written.
 *
 * @since 0.1.0
 * @category decoding
 */
export const parse = (
  method: Endpoint.Method,
  text: string,
  source: ReturnCode.Localized
): Either.Either<Parameters, UsageError> =>
  Either.gen(function*() {
    if (text.trim() === "") {
      return yield* invalid(source, { en: "is empty", zh: "为空" })
    }
    const value = yield* Either.mapLeft(read(text), (what) => problem(source, what))
    const repeated = repeatedName(text)
    if (repeated !== undefined) {
      const name = JSON.stringify(repeated.slice(0, 40))
      return yield* invalid(source, { en: `has the name ${name} twice`, zh: `中的名称 ${name} 重复` })
    }
    if (method !== "GET" && method !== "DELETE") {
      return { _tag: "Body", text: text.trim() }
    }
    const query = queryOf(value)
    return query === undefined
      ? yield* invalid(source, {
        en: "does not fit into the query of a GET or DELETE, which takes an object of strings, numbers and booleans",
        zh: "无法写入 GET 或 DELETE 的查询参数，须为由字符串、数字和布尔值组成的对象"
      })
      : { _tag: "Query", query }
  })

/**
 * The response as `call` prints it: the whole envelope, or its `data`. Numbers are printed as the platform wrote them,
 * secrets are redacted, and control and direction characters are escaped.
 *
 * @since 0.1.0
 * @category rendering
 */
export const render = (
  response: string,
  part: "envelope" | "data",
  secrets: ReadonlyArray<Redacted.Redacted>
): Either.Either<string, ReturnCode.Localized> =>
  Either.flatMap(read(response), (envelope) => {
    const value = part === "envelope" ? envelope : Predicate.hasProperty(envelope, "data") ? envelope.data : null
    return Either.try({
      try: () => printable(LosslessJson.stringify(withoutSecrets(value, secrets), undefined, 2) ?? "null"),
      catch: () => tooDeep
    })
  })

// The same JSON. A terminal would obey these characters, and JSON escapes only the first 32 of them.
const printable = (json: string): string =>
  json.replace(
    /(?!\n)[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`
  )

/**
 * Redacts secrets in a value that the platform sent, as `Token.redact` does, and every field that is a token by its name.
 *
 * @since 0.1.0
 * @category rendering
 */
export const withoutSecrets = (value: unknown, secrets: ReadonlyArray<Redacted.Redacted>): unknown => {
  const clean = (text: string) => Token.redact(text, secrets)
  const walk = (value: unknown): unknown => {
    if (LosslessJson.isLosslessNumber(value)) {
      const text = clean(value.value)
      return text === value.value ? value : text
    }
    return typeof value === "string"
      ? clean(value)
      : Array.isArray(value)
      ? value.map(walk)
      : Predicate.isRecord(value)
      ? Object.fromEntries(
        Object.entries(value).map(([name, value]) => [clean(name), isToken(name, value) ? "<redacted>" : walk(value)])
      )
      : value
  }
  return walk(value)
}

// A response to a token request has tokens that no store has seen.
const isToken = (name: string, value: unknown): boolean =>
  /tokens?$/.test(name.toLowerCase().replace(/[^a-z]/g, "")) && value !== null && typeof value !== "boolean"

// `JSON.parse` would change numbers. The reader is recursive: a deep text overflows the stack, which is a `RangeError`.
const read = (text: string): Either.Either<unknown, ReturnCode.Localized> =>
  Either.try({
    try: () => LosslessJson.parse(text, undefined, { onDuplicateKey: ({ newValue }) => newValue }),
    catch: (error) => error instanceof RangeError ? tooDeep : { en: "is not JSON", zh: "不是 JSON" }
  })

const tooDeep: ReturnCode.Localized = { en: "is nested too deeply", zh: "嵌套过深" }

const queryOf = (value: unknown): { readonly [name: string]: string | ReadonlyArray<string> } | undefined => {
  if (!Predicate.isRecord(value) || Array.isArray(value) || LosslessJson.isLosslessNumber(value)) {
    return undefined
  }
  const entries = Object.entries(value).map(([name, value]) =>
    [simple(name), Array.isArray(value) ? all(value.map(simple)) : simple(value)] as const
  )
  const written = entries.flatMap(([name, value]) => name === undefined || value === undefined ? [] : [[name, value]])
  return written.length === entries.length ? Object.fromEntries(written) : undefined
}

// A query cannot contain half of a surrogate pair: it would be replaced.
const simple = (value: unknown): string | undefined =>
  typeof value === "string"
    ? /\p{Surrogate}/u.test(value) ? undefined : value
    : typeof value === "boolean" || LosslessJson.isLosslessNumber(value)
    ? String(value)
    : undefined

const all = (values: ReadonlyArray<string | undefined>): ReadonlyArray<string> | undefined => {
  const present = values.filter((value) => value !== undefined)
  return present.length === values.length ? present : undefined
}

const problem = (source: ReturnCode.Localized, what: ReturnCode.Localized): UsageError =>
  new UsageError({
    problem: { en: `${source.en} ${what.en}`, zh: `${source.zh} ${what.zh}` },
    hint: {
      en: "Write the parameters as '{\"day\":\"2021-12-12\"}', @file, or - for stdin.",
      zh: "请写作 '{\"day\":\"2021-12-12\"}'、@文件，或用 - 表示标准输入。"
    }
  })

const invalid = (source: ReturnCode.Localized, what: ReturnCode.Localized): Either.Either<never, UsageError> =>
  Either.left(problem(source, what))
