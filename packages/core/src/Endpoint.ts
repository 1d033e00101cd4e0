/**
 * A call of the platform as a value: method, path, the schemas of parameters and data, and the return codes of this API as
 * error classes of the consumer's own.
 *
 * The platform's document names no data-report API. According to the document each API answers
 * `{ code, message, data }` and needs the access token. The program declares the rest here.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { requiredFields } from "./internal/edition/wire.js"
import { namesOf } from "./internal/http/path.js"
import * as JindouyunConfig from "./JindouyunConfig.js"
import type { TokenError } from "./JindouyunError.js"
import * as ReturnCode from "./ReturnCode.js"

/**
 * A call with `Parameters` that returns `Data` and fails with `Failure` for the return codes `Code`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Endpoint<
  Parameters,
  Data,
  Failure = never,
  Code extends number = never,
  Path extends string = string
> {
  readonly method: Method
  /** A segment `:name` contains the encoded parameter of that name. Errors, spans and metrics name the path as it is here. */
  readonly path: Path
  /** Writes the parameters of the path, then the query of a `GET` or `DELETE`, or the JSON body of the others. */
  readonly parameters: Schema.Schema<Parameters, unknown>
  readonly data: Schema.Schema<Data, unknown>
  readonly errors: ReadonlyMap<Code, FailureClass<Failure>>
  readonly idempotent: boolean
  readonly headers: Readonly<Record<string, string>>
  /** The time limit of one request, in milliseconds. `undefined` is `requestTimeout`. */
  readonly timeout: number | undefined
}

/**
 * The HTTP method of an endpoint. `GET` and `DELETE` have their parameters in the query.
 *
 * @since 0.1.0
 * @category models
 */
export type Method = "GET" | "DELETE" | "POST" | "PUT" | "PATCH"

/**
 * The fields that build the class of a return code. `endpoint` is the path that answered the code: that of the call, or that of
 * a token request during the call.
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
 * The `disposition` of its instances, `"retry"` for example, decides what is done about the code. Without one, a code of
 * `ReturnCode.table` keeps its disposition, and any other code is fatal. The option `returnCodes` overrides both.
 *
 * @since 0.1.0
 * @category models
 */
export interface FailureClass<Failure> {
  new(refusal: Refusal): Failure
}

/**
 * The failures of a call: the classes of the endpoint, and everything that reading a token can fail with, except the
 * classes of the codes that the endpoint declares itself.
 *
 * @since 0.1.0
 * @category models
 */
export type CallError<Failure, Code extends number> = Failure | Exclude<TokenError, { readonly _tag: TagOf<Code> }>

type TagOf<Code extends number> = Extract<typeof ReturnCode.table[number], { readonly code: Code }>["tag"]

/**
 * A declaration of errors. The type of an invalid entry is a sentence that names the problem.
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

// To the compiler, a key from a spread is a string.
type CodeOf<Key> = Key extends number ? Key : Key extends `${infer Code extends number}` ? Code : never

type notACode = "a key of errors is a return code, a whole number of one to nine digits"

// A text without its first nine characters.
type AfterNine<Text extends string> = AfterThree<AfterThree<AfterThree<Text>>>

type AfterThree<Text extends string> = Text extends `${infer _1}${infer _2}${infer _3}${infer Rest}` ? Rest : ""

type CheckedClass<Class> = Class extends abstract new(...args: never) => infer Failure
  ? Failure extends { readonly _tag: string }
    ? Class extends new(refusal: Refusal) => unknown ? CheckedDisposition<Failure, Class>
    : "this class cannot be built from { code, returnMessage, endpoint }"
  : "this is no tagged class: its instances have no _tag"
  // Not the sentence alone: its intersection with a value that is no object is `never`, with another compiler error.
  : { readonly problem: "this is no class of errors" }

// A disposition whose type is any text is checked by `make`.
type CheckedDisposition<Failure, Class> = Failure extends { readonly disposition: infer Disposition }
  ? string extends Disposition ? Class
  : Disposition extends ReturnCode.FailureDisposition | undefined ? Class
  : "the disposition of this class is neither retry, reauthenticate nor fatal"
  : Class

/**
 * A path whose parameters are fields of `Encoded`. The type of any other path is a sentence that names the missing field.
 *
 * A field is a text, a number or a boolean, and is required: the path needs it at each call.
 *
 * @since 0.1.0
 * @category models
 */
export type CheckedPath<Path extends string, Encoded> = [MissingOf<NameOf<Path>, Encoded>] extends [never] ? unknown
  : { readonly problem: MissingField<MissingOf<NameOf<Path>, Encoded>> }

type MissingField<Name extends string> =
  `the path names ${Name}: the encoded parameters need a required field ${Name} that is a text, a number or a boolean`

type NameOf<Path extends string> = Path extends `${string}/:${infer Rest}`
  ? Rest extends `${infer Name}/${infer Others}` ? Name | NameOf<`/${Others}`> : Rest
  : never

type MissingOf<Name extends string, Encoded> = Name extends string
  ? [Encoded] extends [{ readonly [Field in Name]: string | number | bigint | boolean }] ? never : Name
  : never

type FailureOf<Errors> = {
  readonly [Code in keyof Errors]: Errors[Code] extends abstract new(...args: never) => infer Failure ? Failure : never
}[keyof Errors]

/**
 * Declares a call.
 *
 * If a program without types passes an option that is unknown or wrong, `make` throws a `TypeError` that names the endpoint and
 * the problem.
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
 *
 * // Asks for /api/report/42?day=2030-01-01 if it is called with { id: "42", day: "2030-01-01" }.
 * export const oneReport = Endpoint.make({
 *   method: "GET",
 *   path: "/api/report/:id",
 *   parameters: Schema.Struct({ id: Schema.NonEmptyString, day: Schema.String }),
 *   data: Schema.Struct({ visits: Schema.Number })
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <
  Data,
  DataEncoded,
  const Path extends string,
  const Errors extends object = {},
  Parameters = void,
  ParametersEncoded = void
>(
  options: {
    /** Defaults to `"POST"`. */
    readonly method?: Method | undefined
    /**
     * From the base URL on: one slash, then segments of letters, digits and `-._~`. A segment that begins with a colon names
     * a parameter: its encoded value, percent-encoded, is the segment, and is not repeated in the query or the body.
     */
    readonly path: Path & CheckedPath<Path, ParametersEncoded>
    /** Defaults to none. */
    readonly parameters?: Schema.Schema<Parameters, ParametersEncoded> | undefined
    /** The schema of `data` in the envelope of a success. */
    readonly data: Schema.Schema<Data, DataEncoded>
    /** The return codes of this API, each with its class. */
    readonly errors?: Errors & Checked<Errors> | undefined
    /** Whether a call may be sent again after the platform may have acted. Defaults to `true` for a `GET`. */
    readonly idempotent?: boolean | undefined
    /**
     * Headers of each request of the call. A name is letters, digits, `-` and `_`; a header that HTTP, a client or this
     * library sets is refused, and so is the header of the token. A value is printable ASCII. A value must not be a
     * secret, because the endpoint contains it in plain text.
     */
    readonly headers?: Readonly<Record<string, string>> | undefined
    /**
     * The time limit of each request of the call in place of `requestTimeout`, body included; at most an hour.
     *
     * No retry starts later than `renewalTimeout` after the start of the call. A request that was sent before that limit has
     * its whole `timeout`. If `timeout` is the longer one, a request that timed out is not retried.
     */
    readonly timeout?: Duration.DurationInput | undefined
  }
): Endpoint<Parameters, Data, FailureOf<Errors>, CodeOf<keyof Errors>, Path> => {
  const { data, errors: classes, method = "POST", parameters = Schema.Void, path, timeout } = options
  const check = (problem: string | false | undefined) => {
    if (problem) {
      throw new TypeError(`Endpoint ${isPath(path) ? path : JSON.stringify(path)}: ${problem}`)
    }
  }
  check(
    !isPath(path) && "the path must begin with one slash, and its segments, neither . nor .., "
        + "are letters, digits and -._~; a segment :name is filled with the parameter of that name"
  )
  const unknown = Object.keys(options).find((name) => !optionNames.includes(name))
  check(unknown !== undefined && `${JSON.stringify(unknown)} is no option; the options are ${optionNames.join(", ")}`)
  check(!methods.includes(method) && `method: must be one of ${methods.join(", ")}`)
  check(!Schema.isSchema(parameters) && "parameters: must be a schema")
  namesOf(path).forEach((name) => check(problemOfName(parameters, name)))
  check(!Schema.isSchema(data) && "data: must be a schema")
  const headers = { ...options.headers }
  Object.keys(headers).forEach((name) => check(problemOfHeader(headers, name)))
  check(timeout !== undefined && problemOfSetting("timeout", { requestTimeout: timeout }))
  // The errors of an endpoint that was made are a map, which would be no error at all.
  check(
    Predicate.hasProperty(classes, Symbol.iterator) && "errors: must be an object with a class for each return code"
  )
  const errors = Object.entries<FailureClass<FailureOf<Errors>>>({ ...classes })
  errors.forEach(([code, Class]) => check(problemOf(code, Class, path)))
  return {
    method,
    path,
    parameters: parameters as Schema.Schema<Parameters, unknown>,
    data: data as Schema.Schema<Data, unknown>,
    errors: new Map(errors.map(([code, Class]) => [Number(code) as CodeOf<keyof Errors>, Class])),
    idempotent: options.idempotent ?? method === "GET",
    headers,
    timeout: timeout === undefined ? undefined : Duration.toMillis(timeout)
  }
}

// A URL parser turns any other path into another path or another host.
const isPath = (path: string): boolean =>
  typeof path === "string" && /^(\/:?[A-Za-z0-9\-._~]+)+$/.test(path)
  && !path.split("/").some((segment) => segment === "." || segment === "..")

const problemOfName = (parameters: Schema.Schema.All, name: string): string | undefined =>
  requiredFields(parameters).includes(name)
    ? undefined
    : `the path names ${name}: the encoded parameters need a required field ${name}`

// An option of an endpoint is checked as the setting of the same meaning is.
const problemOfSetting = (option: string, settings: JindouyunConfig.Options): string | undefined =>
  Either.match(JindouyunConfig.make(settings), {
    onLeft: ({ expected, problem }) => `${option}: ${problem}; expected ${expected}`,
    onRight: () => undefined
  })

// Every client sends these, but the token cannot have such a name.
const negotiation = /^(accept|accept-language|content-language)$/i

const problemOfHeader = (headers: Readonly<Record<string, unknown>>, name: string): string | undefined => {
  const option = `headers[${JSON.stringify(name)}]`
  const problem = negotiation.test(name) ? undefined : problemOfSetting(option, { tokenName: name })
  if (problem !== undefined) {
    return problem
  }
  if (Object.keys(headers).filter((other) => other.toLowerCase() === name.toLowerCase()).length > 1) {
    return `${option}: two headers have this name`
  }
  const value = headers[name]
  return Predicate.isString(value) && /^[!-~]([\t -~]*[!-~])?$/.test(value)
    ? undefined
    : `${option}: the value must be printable ASCII, without white space around it`
}

const optionNames: ReadonlyArray<string> = [
  "method",
  "path",
  "parameters",
  "data",
  "errors",
  "idempotent",
  "headers",
  "timeout"
]

const methods: ReadonlyArray<Method> = ["GET", "DELETE", "POST", "PUT", "PATCH"]

const problemOf = (code: string, Class: FailureClass<unknown>, path: string): string | undefined => {
  const problem = (text: string) => `errors[${code}]: ${text}`
  if (!/^(0|[1-9][0-9]{0,8})$/.test(code)) {
    return problem("the key must be a return code, a whole number of one to nine digits")
  }
  if (Number(code) === ReturnCode.success) {
    return problem(`${ReturnCode.success} is success and cannot be an error`)
  }
  if (typeof Class !== "function") {
    return problem("must be a class of errors")
  }
  try {
    const sample = new Class({ code: Number(code), returnMessage: "", endpoint: path })
    if (!Predicate.hasProperty(sample, "_tag") || typeof sample._tag !== "string") {
      return problem("the class must be a tagged one: its instances have no _tag")
    }
    const isKnown = !Predicate.hasProperty(sample, "disposition") || sample.disposition === undefined
      || Schema.is(ReturnCode.FailureDisposition)(sample.disposition)
    return isKnown ? undefined : problem("the disposition of the class must be retry, reauthenticate or fatal")
  } catch {
    return problem("the class must be built from { code, returnMessage, endpoint }")
  }
}
