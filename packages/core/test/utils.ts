import { deepStrictEqual } from "@effect/vitest/utils"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { inspect } from "node:util"
import * as JindouyunError from "../src/JindouyunError.js"
import type * as ReturnCode from "../src/ReturnCode.js"
import * as Token from "../src/Token.js"
import type { TokenRecord } from "../src/TokenRecord.js"

export const second = 1000
export const minute = 60 * second
export const hour = 60 * minute
export const day = 24 * hour

/** An instant of no importance, far from zero so that a clock can be turned back from it. */
export const start = Date.UTC(2030, 0, 1)

/** From the platform's document: 24 hours and 30 days. */
export const lifetimes: Token.Lifetimes = { accessToken: day, refreshToken: 30 * day }

export const makePair = (options: {
  readonly sentAt?: number
  readonly generation?: number
  readonly value?: string
  readonly lifetimes?: Token.Lifetimes
} = {}): Token.TokenPair =>
  Token.makePair(
    new Token.TokenGrant({
      accessToken: Redacted.make(options.value ?? "access"),
      refreshToken: new Token.RefreshToken({ value: Redacted.make("refresh") }),
      sentAt: options.sentAt ?? start
    }),
    options.generation ?? 1,
    options.lifetimes ?? lifetimes
  )

/** A record with a pair and without refusals. */
export const makeRecord = (generation: number): TokenRecord => ({
  generation,
  pair: Option.some(makePair({ generation })),
  refusedCredentials: Option.none(),
  earlierRefusals: []
})

const endpoint = "/api/refresh_token"

export const answered = (
  code: number,
  disposition: ReturnCode.FailureDisposition,
  status = 200
): JindouyunError.ReturnCodeError =>
  JindouyunError.fromReturnCode({ endpoint, code, returnMessage: "no", status, disposition })

export const transport = (
  reason: JindouyunError.TransportReason,
  delivery: "unsent" | "ambiguous",
  disposition: ReturnCode.FailureDisposition = "retry"
): JindouyunError.TransportFailure =>
  new JindouyunError.TransportFailure({ endpoint, attempts: 1, reason, delivery, disposition })

export const unexpected = (
  reason: JindouyunError.ResponseReason,
  status: number,
  disposition: ReturnCode.FailureDisposition
): JindouyunError.UnexpectedResponse =>
  new JindouyunError.UnexpectedResponse({ endpoint, attempts: 1, reason, status, disposition, delivery: "ambiguous" })

/** One value of each class of `TokenError`, with every optional field set that a person could meet. */
export const everyTokenError: { readonly [Tag in JindouyunError.TokenError["_tag"]]: JindouyunError.TokenError } = {
  ApiVersionRejected: answered(30005, "fatal"),
  InvalidParameter: answered(40000, "fatal"),
  AuthenticationFailed: answered(40001, "fatal"),
  TokenRejected: answered(40003, "reauthenticate"),
  ServerFailure: answered(50000, "retry"),
  UnknownServerFailure: answered(50001, "retry"),
  UnrecognizedReturnCode: answered(41009, "fatal"),
  TransportFailure: new JindouyunError.TransportFailure({
    endpoint,
    attempts: 4,
    reason: "reset",
    detail: "ECONNRESET",
    disposition: "retry",
    delivery: "ambiguous",
    nextTryAt: DateTime.unsafeMake(start)
  }),
  UnexpectedResponse: new JindouyunError.UnexpectedResponse({
    endpoint,
    attempts: 2,
    reason: "status",
    status: 503,
    detail: "no envelope",
    disposition: "retry",
    delivery: "ambiguous",
    retryAfter: 30 * second,
    nextTryAt: DateTime.unsafeMake(start)
  }),
  StoreFailure: new JindouyunError.StoreFailure({ operation: "load", detail: "no connection" }),
  CredentialsUnavailable: new JindouyunError.CredentialsUnavailable({ detail: "VaultSealed" }),
  ProviderClosed: new JindouyunError.ProviderClosed({ delivery: "unsent" })
}

/**
 * The same through and through. To what assertions compare by, every `Redacted` is like any other, and to those of chai a
 * `Some` is like a `None`.
 */
export const assertSame = <A>(found: A, expected: A): void => deepStrictEqual(opened(found), opened(expected))

const opened = (value: unknown): unknown => {
  if (Redacted.isRedacted(value)) {
    return ["redacted", Redacted.value(value)]
  }
  if (Option.isOption(value)) {
    return Option.match(value, { onNone: () => ["none"], onSome: (value) => ["some", opened(value)] })
  }
  if (Array.isArray(value)) {
    return value.map(opened)
  }
  const isTransparent = typeof value === "object" && value !== null
    && (Object.getPrototypeOf(value) === Object.prototype || value instanceof Token.TokenPair
      || value instanceof Token.AccessToken || value instanceof Token.RefreshToken)
  return isTransparent
    ? Object.fromEntries(Object.entries(value).map(([name, value]) => [name, opened(value)]))
    : value
}

/** Every text in which a value may end up before a person's eyes. */
export const renderings = (value: unknown): string =>
  [
    String(value),
    JSON.stringify(value),
    inspect(value, { depth: 20, showHidden: true, getters: true }),
    ...(value instanceof Error ? [value.message, value.stack ?? "", JSON.stringify(Object.entries(value))] : [])
  ].join("\n")

export const isRight = (either: Either.Either<unknown, unknown>): boolean => Either.isRight(either)

const ours = () => Object.entries(process.env).filter(([name]) => name.startsWith("JINDOUYUN_"))

const replaceOurs = (variables: { readonly [variable: string]: string | undefined }) => {
  for (const [name] of ours()) {
    delete process.env[name]
  }
  Object.assign(process.env, variables)
}

/** Makes these the only `JINDOUYUN_` variables of the environment, until the scope ends. */
export const withEnvironment = (
  variables: { readonly [variable: string]: string }
): Effect.Effect<void, never, Scope.Scope> =>
  Effect.asVoid(Effect.acquireRelease(
    Effect.sync(() => {
      const before = Object.fromEntries(ours())
      replaceOurs(variables)
      return before
    }),
    (before) => Effect.sync(() => replaceOurs(before))
  ))
