import type * as FileSystem from "@effect/platform/FileSystem"
import * as Encryption from "@jindouyun/core/Encryption"
import * as FileTokenStore from "@jindouyun/core/FileTokenStore"
import * as JindouyunConfig from "@jindouyun/core/JindouyunConfig"
import { CredentialsUnavailable, InvalidConfiguration, type StoreFailure } from "@jindouyun/core/JindouyunError"
import * as TokenStore from "@jindouyun/core/TokenStore"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Settings from "../Settings.js"
import type { Given } from "./flags.js"
import * as LastLogin from "./LastLogin.js"
import * as passwords from "./passwords.js"
import * as Places from "./Places.js"
import * as proxy from "./proxy.js"
import * as secret from "./secret.js"
import * as text from "./text.js"

/**
 * The settings and paths of a command.
 *
 * @internal
 */
export interface Session {
  readonly settings: Settings.Settings
  readonly places: Places.Places
  readonly configFile: { readonly path: string; readonly isThere: boolean }
  readonly keys: Encryption.Keys
  /** The password from the environment. */
  readonly password: Option.Option<Redacted.Redacted>
  /** The way to the platform. An invalid proxy fails only a command that sends a request. */
  readonly route: Either.Either<proxy.Route, InvalidConfiguration>
}

/** @internal */
export const open = (given: Given): Effect.Effect<Session, InvalidConfiguration, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    yield* JindouyunConfig.warnOfUnknownVariables
    const places = yield* Places.places
    const named = yield* configOf(given)
    const path = named ?? places.configFile
    const file = yield* readConfigFile(path, named !== undefined)
    const flags: { [name: string]: string } = {}
    for (const assignment of given.set) {
      const [name, value] = yield* Settings.fromFlag(assignment)
      flags[name] = value
    }
    const own = { baseUrl: given.baseUrl, username: given.username, store: given.store }
    for (const [name, value] of Object.entries(own)) {
      if (Option.isSome(value)) {
        flags[name] = value.value
      }
    }
    const settings = yield* Settings.merge({
      flags,
      environment: yield* Settings.fromEnv,
      file: Option.getOrElse(file, () => ({})),
      lastLogin: yield* Effect.mapError(LastLogin.read(places), untrusted("last login"))
    })
    return {
      settings,
      places,
      configFile: { path, isThere: Option.isSome(file) },
      keys: yield* JindouyunConfig.fromEnv(Encryption.config),
      password: yield* Effect.tap(
        JindouyunConfig.fromEnv(Config.option(Config.redacted("password"))),
        Effect.transposeMapOption(checkPassword)
      ),
      route: yield* Effect.either(proxy.routeTo(settings.config.baseUrl))
    }
  })

/**
 * The account of a session. Fails without one.
 *
 * @internal
 */
export const usernameOf = ({ settings }: Session): Effect.Effect<string, CredentialsUnavailable> =>
  Option.match(settings.username, {
    onNone: () => new CredentialsUnavailable({ detail: "no account is set and there is no last login" }),
    onSome: ({ value }) => Effect.succeed(value)
  })

/** @internal */
export const keyOf = ({ settings }: Session, username: string): string =>
  TokenStore.keyOf(settings.config.baseUrl, username)

/**
 * The store that the settings name. The Redis client is loaded only for the Redis store.
 *
 * @internal
 */
export const storeOf = (
  { keys, places, settings }: Session
): Effect.Effect<TokenStore.Service, InvalidConfiguration, FileSystem.FileSystem | Scope.Scope> => {
  switch (settings.store.value) {
    case "none":
      return Effect.succeed(TokenStore.none)
    case "file":
      return Option.getOrElse(places.problem, () => FileTokenStore.make({ ...keys, directory: places.tokens }))
    case "redis":
      return Effect.gen(function*() {
        const RedisTokenStore = yield* Effect.promise(() => import("@jindouyun/redis/RedisTokenStore"))
        const { url } = yield* JindouyunConfig.fromEnv(RedisTokenStore.config)
        if (url === undefined) {
          return yield* new InvalidConfiguration({
            setting: "redisUrl",
            variable: "JINDOUYUN_REDIS_URL",
            problem: "is not set; the redis store needs it",
            expected: "redis://user:password@host:port/database, or rediss:// for TLS"
          })
        }
        return Context.get(yield* Layer.build(RedisTokenStore.layerFromEnv()), TokenStore.TokenStore)
      })
  }
}

/**
 * The source of the password, if one is available.
 *
 * @internal
 */
export const passwordAt = (
  session: Session,
  username: string
): Effect.Effect<"environment" | "remembered" | "encrypted" | "none", StoreFailure, FileSystem.FileSystem> =>
  Option.isSome(session.password)
    ? Effect.succeed("environment")
    : Effect.map(
      passwords.isKept({ places: session.places, key: keyOf(session, username) }),
      (isKept) => !isKept ? "none" : session.keys.encryptionKey === undefined ? "encrypted" : "remembered"
    )

const checkPassword = (password: Redacted.Redacted): Effect.Effect<void, InvalidConfiguration> => {
  const problem = secret.problemOf(Redacted.value(password))
  return problem === undefined ? Effect.void : Effect.fail(
    new InvalidConfiguration({
      setting: "password",
      variable: "JINDOUYUN_PASSWORD",
      problem: problem.en,
      expected: "the password of a developer account"
    })
  )
}

const configOf = ({ config }: Given): Either.Either<string | undefined, InvalidConfiguration> =>
  Either.mapLeft(
    JindouyunConfig.valueOf(Option.getOrElse(config, () => "")),
    (problem) => new InvalidConfiguration({ setting: "--config", problem, expected: "the path of a JSON file" })
  )

const readConfigFile = (
  path: string,
  isNamed: boolean
): Effect.Effect<Option.Option<Settings.Texts>, InvalidConfiguration, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const bytes = yield* Effect.mapError(
      FileTokenStore.readTrusted(path, { isPrivate: false }),
      untrusted("config file")
    )
    if (Option.isNone(bytes) && isNamed) {
      return yield* untrusted("config file")({ detail: `ENOENT (${path})` })
    }
    return yield* Effect.transposeMapOption(bytes, (bytes) =>
      Effect.flatMap(
        Effect.mapError(text.fromBytes(bytes, { en: "", zh: "" }), () =>
          new InvalidConfiguration({
            setting: "config file",
            problem: `is not UTF-8 (${path})`,
            expected: "a JSON file in UTF-8"
          })),
        (text) =>
          Either.mapLeft(
            Settings.fromFile(text),
            (error) => new InvalidConfiguration({ ...error, problem: `${error.problem} (${path})` })
          )
      ))
  })

const untrusted = (setting: string) => ({ detail }: { readonly detail: string }): InvalidConfiguration =>
  new InvalidConfiguration({
    setting,
    problem: `cannot be read: ${detail}`,
    expected: "a readable file that only you and root can change"
  })
