/**
 * The parameters of `call`, and the value that it prints.
 *
 * @since 0.1.0
 */
import type * as Endpoint from "@jindouyun/core/Endpoint"
import type * as ReturnCode from "@jindouyun/core/ReturnCode"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import { UsageError } from "./Failure.js"

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
 * Parses parameters from JSON. A `GET` or `DELETE` sends them in the query, so they must be names with simple values.
 *
 * @since 0.1.0
 * @category decoding
 */
export const parse = (
  method: Endpoint.Method,
  text: string,
  source: ReturnCode.Localized
): Either.Either<unknown, UsageError> =>
  Either.gen(function*() {
    if (text.trim() === "") {
      return yield* invalid(source, { en: "is empty", zh: "为空" })
    }
    const value = yield* Either.try({
      try: (): unknown => JSON.parse(text),
      catch: () => problem(source, { en: "is not JSON", zh: "不是 JSON" })
    })
    return (method === "GET" || method === "DELETE") && !isQuery(value)
      ? yield* invalid(source, {
        en: "does not fit into the query of a GET or DELETE, which takes an object of strings, numbers and booleans",
        zh: "无法写入 GET 或 DELETE 的查询参数，须为由字符串、数字和布尔值组成的对象"
      })
      : value
  })

/**
 * Redacts secrets in a value that the platform sent, and every field that is a token by its name.
 *
 * @since 0.1.0
 * @category rendering
 */
export const withoutSecrets = (value: unknown, secrets: ReadonlyArray<Redacted.Redacted>): unknown => {
  const clean = (text: string) =>
    secrets.reduce((text, secret) => text.replaceAll(Redacted.value(secret), String(secret)), text)
  const walk = (value: unknown): unknown =>
    typeof value === "string"
      ? clean(value)
      : Array.isArray(value)
      ? value.map(walk)
      : Predicate.isRecord(value)
      ? Object.fromEntries(
        Object.entries(value).map(([name, value]) => [clean(name), isToken(name, value) ? "<redacted>" : walk(value)])
      )
      : value
  return walk(value)
}

// A response to a token request has tokens that no store has seen.
const isToken = (name: string, value: unknown): boolean =>
  /tokens?$/.test(name.toLowerCase().replace(/[^a-z]/g, "")) && value !== null && typeof value !== "boolean"

const isSimple = (value: unknown): boolean =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean"

const isQuery = (value: unknown): boolean =>
  Predicate.isRecord(value) && !Array.isArray(value) &&
  Object.values(value).every((value) => isSimple(value) || (Array.isArray(value) && value.every(isSimple)))

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
