import type * as FileSystem from "@effect/platform/FileSystem"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Jindouyun from "@jindouyun/core/Jindouyun"
import {
  CredentialsUnavailable,
  type InvalidConfiguration,
  isRefusal,
  StoreFailure,
  TokenError,
  type TokenRequestError
} from "@jindouyun/core/JindouyunError"
import type * as ReturnCode from "@jindouyun/core/ReturnCode"
import * as TokenApi from "@jindouyun/core/TokenApi"
import * as TokenProvider from "@jindouyun/core/TokenProvider"
import * as TokenStore from "@jindouyun/core/TokenStore"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { identity } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { type Failure, withNote } from "../Failure.js"
import { Output } from "./Output.js"
import * as passwords from "./passwords.js"
import * as proxyClient from "./proxyClient.js"
import * as secret from "./secret.js"
import * as Session from "./Session.js"

/**
 * The HTTP client of a session, on its route to the platform.
 *
 * @internal
 */
export const http = ({ route }: Session.Session): Layer.Layer<HttpClient.HttpClient, InvalidConfiguration> =>
  Layer.unwrapEffect(Effect.map(route, proxyClient.client))

/**
 * Names the proxy in a failure that it may have caused.
 *
 * @internal
 */
export const throughRoute = ({ route }: Session.Session): <E extends Failure>(failure: E) => E =>
  Either.match(route, { onLeft: () => identity, onRight: proxyClient.explained })

/**
 * Runs a command with the services of its account. The option `password` has priority over the environment and over a
 * remembered password.
 *
 * **Details**
 *
 * If the command is interrupted, its layer closes: a token request that is out has `closeTimeout` to end, because its response
 * may be the only copy of a pair. A second Ctrl-C ends the command at once.
 *
 * @internal
 */
export const run = <A, E extends Failure>(
  session: Session.Session,
  username: string,
  command: Effect.Effect<A, E, Jindouyun.Services>,
  options: {
    readonly password?: Redacted.Redacted | undefined
    /** Where that password comes from. */
    readonly passwordFrom?: ReturnCode.Localized | undefined
    readonly store?: ((store: TokenStore.Service) => TokenStore.Service) | undefined
    readonly http?: Layer.Layer<HttpClient.HttpClient, InvalidConfiguration> | undefined
  } = {}
): Effect.Effect<A, E | Failure, FileSystem.FileSystem | Output> =>
  Effect.gen(function*() {
    const store = untilLogout(yield* Session.storeOf(session))
    const layer = Jindouyun.layerCredentials(credentials(session, username, options.password), {
      ...session.settings.options,
      // The process ends with the command, so a renewal in the background could not finish.
      earlyRefresh: 0,
      account: username,
      store: Layer.succeed(TokenStore.TokenStore, options.store?.(store) ?? store)
    }).pipe(Layer.provide(options.http ?? http(session)))
    return yield* Effect.provide(Effect.ensuring(command, keepFailures), layer)
  }).pipe(Effect.scoped, Effect.mapError(throughRoute(session)), noted(session, username, options))

// The library logs the message of a failure that its caller does not get.
const keepFailures = Effect.gen(function*() {
  const { failures } = yield* Output
  const { lastFailure, storeFailure } = yield* Effect.flatMap(TokenProvider.TokenProvider, ({ status }) => status)
  failures.push(...Option.toArray(lastFailure), ...Option.toArray(storeFailure))
})

/**
 * Runs a command that exists to store a pair. If the store did not keep the pair that the command received, the command
 * fails, although the library would serve that pair.
 *
 * @internal
 */
export const runToStore = <A, E extends Failure>(
  session: Session.Session,
  username: string,
  command: Effect.Effect<A, E, Jindouyun.Services>,
  options: Parameters<typeof run>[3] = {}
): Effect.Effect<A, E | Failure, FileSystem.FileSystem | Output> =>
  Effect.suspend(() => {
    let outcome: Effect.Effect<void, StoreFailure> = Effect.void
    const observed = (store: TokenStore.Service): TokenStore.Service => ({
      ...store,
      save: (key, record, lease) => {
        if (Option.isNone(record.pair)) {
          return store.save(key, record, lease)
        }
        outcome = notSaved("the store did not answer in time")
        return store.save(key, record, lease).pipe(
          Effect.tap((isSaved) => isSaved ? Effect.void : hasPair(store, key)),
          Effect.tapBoth({
            onFailure: (failure) => Effect.sync(() => outcome = Effect.fail(failure)),
            onSuccess: () => Effect.sync(() => outcome = Effect.void)
          })
        )
      }
    })
    // The scope of `run` ends after the save, also if the caller has its token earlier.
    return run(session, username, command, {
      ...options,
      store: (store) => options.store?.(observed(store)) ?? observed(store)
    }).pipe(Effect.tap(() => outcome))
  })

// A logout wins over every command that began before it, also over one that waited for the lease meanwhile: the fence of its
// lease is higher, so the store would keep its pair.
const untilLogout = (store: TokenStore.Service): TokenStore.Service => {
  let hadRecord = false
  return {
    ...store,
    load: (key) =>
      Effect.tap(store.load(key), (record) => {
        const isDeleted = hadRecord && Option.isNone(record)
        hadRecord ||= Option.isSome(record)
        return isDeleted ? notSaved(loggedOut) : Effect.void
      })
  }
}

// A store refuses a pair if it has a newer one, or if the account was deleted from it.
const hasPair = (store: TokenStore.Service, key: string): Effect.Effect<void, StoreFailure> =>
  Effect.flatMap(
    store.load(key),
    (record) =>
      Option.exists(record, ({ pair }) => Option.isSome(pair))
        ? Effect.void
        : notSaved(loggedOut)
  )

const loggedOut = "the account was logged out while the request was under way"

const notSaved = (detail: string) => Effect.fail(new StoreFailure({ operation: "save", detail }))

/**
 * The credentials, with the password from the argument, the environment or the remembered passwords, in this order.
 *
 * @internal
 */
export const credentials = (
  session: Session.Session,
  username: string,
  given?: Redacted.Redacted | undefined
): Effect.Effect<
  { readonly username: string; readonly password: Redacted.Redacted },
  CredentialsUnavailable,
  FileSystem.FileSystem
> =>
  Effect.gen(function*() {
    if (given !== undefined) {
      return { username, password: given }
    }
    if (Option.isSome(session.password)) {
      return { username, password: session.password.value }
    }
    const kept = { places: session.places, keys: session.keys, key: Session.keyOf(session, username) }
    const remembered = yield* Effect.mapError(passwords.recall(kept), (error) =>
      new CredentialsUnavailable({
        detail: error._tag === "StoreFailure"
          ? `the remembered password cannot be read: ${error.detail}`
          : `${error.variable ?? error.setting} ${error.problem}`
      }))
    if (Option.isSome(remembered)) {
      return { username, password: remembered.value }
    }
    const isKept = yield* Effect.orElseSucceed(passwords.isKept(kept), () => false)
    return yield* new CredentialsUnavailable({
      detail: isKept
        ? "the remembered password cannot be decrypted with the current JINDOUYUN_ENCRYPTION_KEY"
        : `there is no valid token of ${username}, and no password is available`
    })
  })

/**
 * Adds to a refused login that its password ends in white space, because that is hard to see.
 *
 * @internal
 */
const noted = (
  session: Session.Session,
  username: string,
  options: {
    readonly password?: Redacted.Redacted | undefined
    readonly passwordFrom?: ReturnCode.Localized | undefined
  } = {}
): <A, E, R>(command: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R | FileSystem.FileSystem> =>
  Effect.catchAll((failure) =>
    Effect.flatMap(Effect.option(credentials(session, username, options.password)), (account) => {
      const { en, zh } = options.passwordFrom ?? (Option.isSome(session.password) ? variable : kept)
      return isRefusedLogin(failure) && Option.exists(account, ({ password }) => secret.endsInWhiteSpace(password))
        ? Effect.fail(withNote(failure, {
          en: `Note that ${en} ends in white space.`,
          zh: `请注意：${zh}以空白字符结尾。`
        }))
        : Effect.fail(failure)
    })
  )

const isRefusedLogin = (failure: unknown): failure is TokenRequestError =>
  Schema.is(TokenError)(failure) && "endpoint" in failure && failure.endpoint === TokenApi.acquirePath
  && isRefusal(failure)

/** @internal */
export const variable: ReturnCode.Localized = { en: "JINDOUYUN_PASSWORD", zh: "JINDOUYUN_PASSWORD " }

const kept: ReturnCode.Localized = { en: "the remembered password", zh: "已保存的密码" }
