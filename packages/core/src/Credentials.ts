/**
 * The username and password of an account. A rotated secret takes effect without a restart.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as configs from "./internal/edition/config.js"
import { contained } from "./internal/guard.js"
import { problemOfSecret, problemOfText, sanitize } from "./internal/redact.js"
import { fromConfigs, fromEnv } from "./JindouyunConfig.js"
import { CredentialsUnavailable, InvalidConfiguration } from "./JindouyunError.js"

/**
 * The source of one account's credentials.
 *
 * @since 0.1.0
 * @category tags
 */
export class Credentials extends Context.Tag("@jindouyun/core/Credentials")<Credentials, Service>() {}

/**
 * An account and its credentials.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** A name that stays the same when the credentials are rotated. Logs and spans show it; stores and metrics use a hash. */
  readonly account: string
  /** The credentials as they are now. Read before each acquisition, and at each read while credentials are refused. */
  readonly current: Effect.Effect<UsernamePassword, CredentialsUnavailable>
}

/**
 * The username and the password that the platform issues to a registered developer. The username is not a secret.
 *
 * @since 0.1.0
 * @category models
 */
export interface UsernamePassword {
  readonly username: string
  readonly password: Redacted.Redacted
}

/**
 * Fixed credentials. A username or a password that is missing or empty fails the layer, and so does a password that is no
 * `Redacted` or was wiped.
 *
 * @example
 * ```ts
 * import * as Credentials from "@jindouyun/core/Credentials"
 * import * as JindouyunConfig from "@jindouyun/core/JindouyunConfig"
 * import * as TokenApi from "@jindouyun/core/TokenApi"
 * import * as TokenProvider from "@jindouyun/core/TokenProvider"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 *
 * // A provider composed by hand; `Jindouyun.layer` does the same and adds a client.
 * export const provider = TokenProvider.layer.pipe(
 *   Layer.provide(TokenApi.layer),
 *   Layer.provide(Credentials.layer({ username: "user1", password: Redacted.make("pass1") })),
 *   Layer.provide(JindouyunConfig.layer())
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: UsernamePassword): Layer.Layer<Credentials, InvalidConfiguration> =>
  Layer.effect(
    Credentials,
    Effect.map(check(options), (credentials) => ({
      account: credentials.username,
      current: Effect.succeed(credentials)
    }))
  )

/**
 * Credentials from an effect, a secret manager for example. `account` defaults to `"default"`; accounts that share a store
 * need different names.
 *
 * A `CredentialsUnavailable` of the effect is passed on. Any other failure becomes `CredentialsUnavailable` with its tag; its
 * content is dropped. The detail of a `ConfigError` or an `InvalidConfiguration` also names the paths and their problems.
 *
 * @example
 * ```ts
 * import * as Credentials from "@jindouyun/core/Credentials"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import type * as Redacted from "effect/Redacted"
 *
 * // Failed reads are logged. Each becomes a `CredentialsUnavailable` that names the tag `VaultSealed`.
 * export const logged = (
 *   readSecret: (name: string) => Effect.Effect<Redacted.Redacted, { readonly _tag: "VaultSealed" }>
 * ) =>
 *   Layer.effect(
 *     Credentials.Credentials,
 *     Effect.map(
 *       Credentials.make(Effect.map(readSecret("reports"), (password) => ({ username: "user1", password }))),
 *       (credentials) => ({
 *         ...credentials,
 *         current: Effect.tapError(credentials.current, (error) => Effect.logWarning(error.message))
 *       })
 *     )
 *   )
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <E, R>(
  current: Effect.Effect<UsernamePassword, E, R>,
  options?: { readonly account?: string | undefined } | undefined
): Effect.Effect<Service, never, R> =>
  Effect.map(Effect.context<R>(), (context) => ({
    account: options?.account ?? "default",
    // Built at each read: most providers of many accounts rarely read it.
    current: Effect.suspend(() =>
      current.pipe(
        Effect.provide(context),
        Effect.mapError((error) =>
          error instanceof CredentialsUnavailable ? error : unavailable(sanitize(nameOf(error), []))
        ),
        contained(() => unavailable("the effect that reads them threw an error")),
        Effect.flatMap((credentials) =>
          Effect.mapError(check(credentials), ({ problem, setting }) => unavailable(`the ${setting} ${problem}`))
        )
      )
    )
  }))

/**
 * Credentials from an effect; see `make`.
 *
 * @example
 * ```ts
 * import * as FileSystem from "@effect/platform/FileSystem"
 * import * as Credentials from "@jindouyun/core/Credentials"
 * import * as Effect from "effect/Effect"
 * import * as Redacted from "effect/Redacted"
 *
 * // A mounted secret. A new password is read before the next acquisition, without a restart.
 * export const mounted = Credentials.layerEffect(
 *   Effect.gen(function*() {
 *     const fs = yield* FileSystem.FileSystem
 *     const text = yield* fs.readFileString("/run/secrets/jindouyun")
 *     return { username: "user1", password: Redacted.make(text.trimEnd()) }
 *   }),
 *   { account: "sales" }
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerEffect = <E, R>(
  current: Effect.Effect<UsernamePassword, E, R>,
  options?: { readonly account?: string | undefined } | undefined
): Layer.Layer<Credentials, never, R> => Layer.effect(Credentials, make(current, options))

/**
 * Credentials from configs of the user's own naming. They are checked when the layer is built, and read again from the same
 * `ConfigProvider` before each acquisition.
 *
 * @example
 * ```ts
 * import * as Credentials from "@jindouyun/core/Credentials"
 * import * as Config from "effect/Config"
 *
 * export const account = Credentials.layerConfig({
 *   username: Config.string("REPORTS_USER"),
 *   password: Config.redacted("REPORTS_PASSWORD")
 * })
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  options: Config.Config.Wrap<UsernamePassword>
): Layer.Layer<Credentials, InvalidConfiguration> =>
  Layer.effect(
    Credentials,
    Effect.flatMap(configs.provider, (provider) =>
      rereading(configs.withProvider(provider)(fromConfigs<UsernamePassword>(options))))
  )

/**
 * Credentials from `JINDOUYUN_USERNAME` and `JINDOUYUN_PASSWORD` of the environment, or of the program's `ConfigProvider`. Both
 * are read again before each acquisition.
 *
 * @example
 * ```ts
 * import * as Credentials from "@jindouyun/core/Credentials"
 * import * as ConfigProvider from "effect/ConfigProvider"
 * import * as Layer from "effect/Layer"
 *
 * // In a test a map takes the place of the environment.
 * export const account = Layer.provide(
 *   Credentials.layerFromEnv,
 *   Layer.setConfigProvider(
 *     ConfigProvider.fromMap(new Map([["JINDOUYUN_USERNAME", "user1"], ["JINDOUYUN_PASSWORD", "pass1"]]))
 *   )
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerFromEnv: Layer.Layer<Credentials, InvalidConfiguration> = /*#__PURE__*/ Layer.suspend(() =>
  Layer.effect(
    Credentials,
    Effect.flatMap(configs.provider, (provider) =>
      rereading(
        configs.withProvider(provider)(
          fromEnv(Config.all({ username: Config.string("username"), password: Config.redacted("password") }))
        ),
        (setting) => `JINDOUYUN_${setting.toUpperCase()}`
      ))
  )
)

const rereading = (
  read: Effect.Effect<UsernamePassword, InvalidConfiguration>,
  variableOf?: (setting: string) => string
): Effect.Effect<Service, InvalidConfiguration> => {
  const checked = Effect.flatMap(read, (credentials) => check(credentials, variableOf))
  return Effect.map(checked, ({ username }) => ({
    account: username,
    current: Effect.mapError(checked, ({ problem, setting }) => unavailable(`${setting} ${problem}`))
  }))
}

const check = (
  credentials: UsernamePassword,
  variableOf?: (setting: string) => string
): Effect.Effect<UsernamePassword, InvalidConfiguration> => {
  const { password, username } = credentials
  const problems = {
    username: problemOfText(username) ?? (username.trim() === "" ? "is empty" : undefined),
    password: problemOfSecret(password) ?? (Redacted.value(password) === "" ? "is empty" : undefined)
  }
  const setting = problems.username !== undefined ? "username" : "password"
  const problem = problems[setting]
  return problem === undefined ? Effect.succeed({ username, password }) : Effect.fail(
    new InvalidConfiguration({
      setting,
      variable: variableOf?.(setting),
      problem,
      expected: expectedFor[problem] ?? `the ${setting} of a developer account`
    })
  )
}

const expectedFor: { readonly [problem: string]: string } = {
  "was wiped": "a Redacted that is not wiped",
  "is no Redacted": "a Redacted, as Redacted.make returns it"
}

const unavailable = (detail: string): CredentialsUnavailable => new CredentialsUnavailable({ detail })

const nameOf = (failure: unknown): string =>
  configs.isFailure(failure)
    ? `ConfigError: ${problemsOf(failure).join(", ")}`
    : failure instanceof InvalidConfiguration
    ? `InvalidConfiguration: ${failure.variable ?? failure.setting} ${failure.problem}`
    : Predicate.hasProperty(failure, "_tag") && Predicate.isString(failure._tag)
    ? failure._tag
    : failure instanceof Error
    ? failure.name
    : "the effect that reads them failed"

// The message of a `ConfigError` may repeat the value.
const problemsOf = (failure: configs.Failure): ReadonlyArray<string> =>
  configs.problemsOf(failure).map(({ path, reason }) => `${path.join("_") || "a value"} ${problems[reason]}`)

const problems = {
  missing: "is missing",
  invalid: "is invalid",
  unavailable: "is not available",
  blank: "is not supported"
}
