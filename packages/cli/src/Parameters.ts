/**
 * The parameters of `call`, and the value that it prints.
 *
 * @since 0.1.0
 */
import type * as Endpoint from "@jindouyun/core/Endpoint"
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
 * Parses `--data`: `@file`, `-` for stdin, or the JSON itself.
 *
 * @since 0.1.0
 * @category constructors
 */
export const place = (data: string | undefined): Place =>
  data === undefined
    ? { _tag: "None" }
    : data === "-"
    ? { _tag: "Stdin" }
    : data.startsWith("@")
    ? { _tag: "File", path: data.slice(1) }
    : { _tag: "Text", text: data }

/**
 * Parses parameters from JSON. A `GET` or `DELETE` sends them in the query, so they must be names with simple values.
 *
 * @since 0.1.0
 * @category decoding
 */
export const parse = (method: Endpoint.Method, text: string): Either.Either<unknown, UsageError> =>
  Either.flatMap(
    Either.try({ try: (): unknown => JSON.parse(text), catch: () => notJson }),
    (value) => (method === "GET" || method === "DELETE") && !isQuery(value) ? Either.left(noQuery) : Either.right(value)
  )

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

const notJson = new UsageError({
  problem: { en: "--data is not JSON", zh: "--data 不是 JSON" },
  hint: {
    en: "Write it as '{\"day\":\"2021-12-12\"}', @file, or - for stdin.",
    zh: "请写作 '{\"day\":\"2021-12-12\"}'、@文件，或用 - 表示标准输入。"
  }
})

const noQuery = new UsageError({
  problem: {
    en: "--data of a GET or DELETE becomes the query, and this value does not fit",
    zh: "GET 和 DELETE 的 --data 会写入查询参数，而此值无法写入"
  },
  hint: {
    en: "Use an object of strings, numbers and booleans.",
    zh: "请给出由字符串、数字和布尔值组成的对象。"
  }
})
