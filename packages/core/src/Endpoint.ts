/**
 * A call of the platform as a value: method, path, the schemas of what goes and what comes, and the return codes this
 * API answers as error classes of the consumer's own.
 *
 * The platform's document names no data-report API. All it says of them is that each answers `{ code, message, data }`
 * and needs the access token, so everything else is declared here.
 *
 * @since 0.1.0
 */
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type { TokenError } from "./JindouyunError.js"
import * as ReturnCode from "./ReturnCode.js"

/**
 * Marks an endpoint.
 *
 * @since 0.1.0
 * @category type ids
 */
export const TypeId: unique symbol = Symbol.for("@jindouyun/core/Endpoint")

/**
 * The type of the mark of an endpoint.
 *
 * @since 0.1.0
 * @category type ids
 */
export type TypeId = typeof TypeId

/**
 * A call that takes `Parameters`, brings `Data`, and can fail with `Failure` for the return codes `Code`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Endpoint<Parameters, Data, Failure = never, Code extends number = never> {
  readonly [TypeId]: { readonly code: Code }
  readonly method: Method
  readonly path: string
  /** Writes the query of a `GET` or `DELETE`, the JSON body of the others. */
  readonly parameters: Schema.Schema<Parameters, unknown>
  readonly data: Schema.Schema<Data, unknown>
  readonly errors: ReadonlyMap<number, FailureClass<Failure>>
  readonly idempotent: boolean
}

/**
 * The HTTP methods an endpoint can have. `GET` and `DELETE` have their parameters in the query.
 *
 * @since 0.1.0
 * @category models
 */
export type Method = "GET" | "DELETE" | "POST" | "PUT" | "PATCH"

/**
 * What the class of a return code is built from. `endpoint` is the path that was called; it is the one of a token
 * request where that is what answered the code.
 *
 * @since 0.1.0
 * @category models
 */
export interface Refusal {
  readonly code: number
  readonly returnMessage: string
  readonly endpoint: string
}

/**
 * The class of a return code.
 *
 * A `disposition` that its instances have says what is done about the code, `"retry"` for example; without one it is
 * fatal. The option `returnCodes` goes before both.
 *
 * @since 0.1.0
 * @category models
 */
export interface FailureClass<Failure> {
  new(refusal: Refusal): Failure
}

/**
 * What a call of an endpoint can fail with: its own classes, and everything that reading a token can fail with but the
 * classes of the table whose codes the endpoint has taken over.
 *
 * @since 0.1.0
 * @category models
 */
export type CallError<Failure, Code extends number> = Failure | Exclude<TokenError, { readonly _tag: TagOf<Code> }>

type TagOf<Code extends number> = Extract<typeof ReturnCode.table[number], { readonly code: Code }>["tag"]

/**
 * A declaration of errors as it has to be: each that cannot be has a type that says in a sentence what is wrong.
 *
 * @since 0.1.0
 * @category models
 */
export type Checked<Errors> = {
  readonly [Key in keyof Errors]: [CodeOf<Key>] extends [never] ? notACode
    : CodeOf<Key> extends 20000 ? "20000 is success and cannot be an error"
    : number extends Key ? "the return codes have to be written out"
    : `${CodeOf<Key>}` extends `-${string}` ? notACode
    : `${CodeOf<Key>}` extends `${bigint}`
      ? AfterNine<`${CodeOf<Key>}`> extends "" ? CheckedClass<Errors[Key]> : notACode
    : notACode
}

// A key that came by a spread is a string to the compiler.
type CodeOf<Key> = Key extends number ? Key : Key extends `${infer Code extends number}` ? Code : never

type notACode = "a key of errors is a return code, a whole number of one to nine digits"

// What is left of a text without its first nine characters.
type AfterNine<Text extends string> = AfterThree<AfterThree<AfterThree<Text>>>

type AfterThree<Text extends string> = Text extends `${infer _1}${infer _2}${infer _3}${infer Rest}` ? Rest : ""

type CheckedClass<Class> = Class extends abstract new(...args: never) => infer Failure
  ? Failure extends { readonly _tag: string } ? Class extends new(refusal: Refusal) => unknown ? Class
    : "this class cannot be built from { code, returnMessage, endpoint }"
  : "this is no tagged class: its instances have no _tag"
  // Not the sentence alone: what is no object would make `never` of it, and the compiler would say something else.
  : { readonly problem: "this is no class of errors" }

type FailureOf<Errors> = {
  readonly [Code in keyof Errors]: Errors[Code] extends abstract new(...args: never) => infer Failure ? Failure : never
}[keyof Errors]

/**
 * Declares a call.
 *
 * What the types refuse is refused here too, with a `TypeError` that names the endpoint and what is wrong with it.
 *
 * @example
 * ```ts
 * import * as Endpoint from "@jindouyun/core/Endpoint"
 * import * as Data from "effect/Data"
 * import * as Schema from "effect/Schema"
 *
 * class QuotaExceeded extends Data.TaggedError("QuotaExceeded")<Endpoint.Refusal> {}
 *
 * export const dailyReport = Endpoint.make({
 *   path: "/api/report/daily",
 *   parameters: Schema.Struct({ day: Schema.String }),
 *   data: Schema.Struct({ rows: Schema.Array(Schema.Struct({ name: Schema.String, visits: Schema.Number })) }),
 *   errors: { 41001: QuotaExceeded },
 *   idempotent: true
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <Data, DataEncoded, const Errors extends object = {}, Parameters = void, ParametersEncoded = void>(
  options: {
    /** Defaults to `"POST"`. */
    readonly method?: Method | undefined
    /** From the base URL on: one slash, then segments of letters, digits and `-._~`. */
    readonly path: string
    /** Defaults to none. */
    readonly parameters?: Schema.Schema<Parameters, ParametersEncoded> | undefined
    /** The schema of `data` in the envelope of a success. */
    readonly data: Schema.Schema<Data, DataEncoded>
    /** The return codes of this API, each with its class. */
    readonly errors?: Errors & Checked<Errors> | undefined
    /** Whether a call may be sent again that may have been acted upon. Defaults to `true` for a `GET`. */
    readonly idempotent?: boolean | undefined
  }
): Endpoint<Parameters, Data, FailureOf<Errors>, CodeOf<keyof Errors>> => {
  const { data, method = "POST", parameters = Schema.Void, path } = options
  checkPath(path)
  checkMethod(path, method)
  checkSchema(path, "parameters", parameters)
  checkSchema(path, "data", data)
  return {
    [TypeId]: undefined as never,
    method,
    path,
    parameters: parameters as Schema.Schema<Parameters, unknown>,
    data: data as Schema.Schema<Data, unknown>,
    errors: new Map(
      Object.entries(options.errors ?? {}).map(([code, value]) => [Number(code), checkClass(path, code, value)])
    ),
    idempotent: options.idempotent ?? method === "GET"
  }
}

// Whatever a URL parser would make another path of, or another host.
const checkPath = (path: string): void => {
  const isPlain = typeof path === "string" && /^(\/[A-Za-z0-9\-._~]+)+$/.test(path)
  if (!isPlain || path.split("/").some((segment) => segment === "." || segment === "..")) {
    throw new TypeError(
      `Endpoint ${JSON.stringify(path)}: the path is to begin with one slash, and its segments, neither . nor .., `
        + "are letters, digits and -._~; parameters have a schema of their own"
    )
  }
}

const checkMethod = (path: string, method: Method): void => {
  if (!methods.includes(method)) {
    throw new TypeError(`Endpoint ${path}: method: is to be one of ${methods.join(", ")}`)
  }
}

const methods: ReadonlyArray<Method> = ["GET", "DELETE", "POST", "PUT", "PATCH"]

const checkSchema = (path: string, option: "parameters" | "data", value: unknown): void => {
  if (!Schema.isSchema(value)) {
    throw new TypeError(`Endpoint ${path}: ${option}: is to be a schema`)
  }
}

const checkClass = <Failure>(path: string, code: string, value: unknown): FailureClass<Failure> => {
  const refuse = (problem: string) => new TypeError(`Endpoint ${path}: errors[${code}]: ${problem}`)
  if (!/^(0|[1-9][0-9]{0,8})$/.test(code)) {
    throw refuse("the key is to be a return code, a whole number of one to nine digits")
  }
  if (Number(code) === ReturnCode.success) {
    throw refuse(`${ReturnCode.success} is success and cannot be an error`)
  }
  if (typeof value !== "function") {
    throw refuse("is to be a class of errors")
  }
  const Class = value as FailureClass<Failure>
  let sample: unknown
  try {
    sample = new Class({ code: Number(code), returnMessage: "", endpoint: path })
  } catch {
    throw refuse("the class is to be built from { code, returnMessage, endpoint }")
  }
  if (!Predicate.hasProperty(sample, "_tag") || typeof sample._tag !== "string") {
    throw refuse("the class is to be a tagged one: its instances have no _tag")
  }
  return Class
}
