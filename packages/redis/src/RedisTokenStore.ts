/**
 * A `TokenStore` in Redis. Processes that use the same Redis share the token pair of an account, and one process at a
 * time renews the pair.
 *
 * @since 0.1.0
 */
import * as Encryption from "@jindouyun/core/Encryption"
import { fromConfigs, fromEnv } from "@jindouyun/core/JindouyunConfig"
import { InvalidConfiguration, StoreFailure } from "@jindouyun/core/JindouyunError"
import * as TokenRecord from "@jindouyun/core/TokenRecord"
import * as TokenStore from "@jindouyun/core/TokenStore"
import * as Config from "effect/Config"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { RedisOptions } from "ioredis"
import * as Link from "./internal/link.js"
import * as problem from "./internal/problem.js"
import * as scripts from "./internal/scripts.js"

/**
 * The part of an ioredis 5 client that the store uses; any `Redis` or `Cluster` fits.
 *
 * @since 0.1.0
 * @category models
 */
export interface Client {
  readonly status: string
  readonly connect: () => Promise<void>
  readonly call: (command: string, ...parameters: Array<string | number>) => Promise<unknown>
  /** The server and the database, for the check of the database and for failures. */
  readonly options?: problem.ClientOptions | undefined
}

/**
 * How the store names and encrypts its records.
 *
 * @since 0.1.0
 * @category models
 */
export interface Settings extends Partial<Encryption.Keys> {
  /**
   * The start of each key name. `<prefix>:{<account>}` is the record of an account and `<prefix>:{<account>}:lease` its
   * lease; both keys are in one slot of a cluster. Defaults to `jindouyun`.
   */
  readonly prefix?: string | undefined
}

/**
 * Options of a store that creates its own client.
 *
 * **Details**
 *
 * The client connects at the first operation, and again at the next operation after the connection is lost. The store
 * closes the client with its scope.
 *
 * @since 0.1.0
 * @category models
 */
export interface UrlOptions extends Settings {
  /**
   * `redis://user:password@host:port/database`, or `rediss://` for TLS; only the host is required. With Sentinel the
   * store ignores the host, but uses user, password and database.
   */
  readonly url: Redacted.Redacted
  /**
   * Further options of ioredis: `tls`, `sentinels` and `name`, `family`, `connectionName`, … The store itself decides
   * when the client connects, what the client sends again and what it queues.
   */
  readonly options?: RedisOptions | undefined
}

/**
 * Options of a store that uses a client of the program. The store never closes the client, and fails while the client
 * is not connected.
 *
 * @since 0.1.0
 * @category models
 */
export interface ClientOptions extends Settings {
  readonly client: Client
}

/**
 * Either the URL of Redis or a client, and how the store keeps records.
 *
 * @since 0.1.0
 * @category models
 */
export type Options = UrlOptions | ClientOptions

/**
 * The Redis commands that the store uses, for an access control list.
 *
 * **Details**
 *
 * An example of a user: `user jindouyun on >password resetkeys ~jindouyun:* resetchannels -@all +eval +hget …`. A
 * client of the program may need more commands: `+info`, or `+cluster|slots` for a cluster. A database other than 0
 * needs `+select`, and `connectionName` needs `+client|setname`.
 *
 * @since 0.1.0
 * @category models
 */
export const commands: ReadonlyArray<string> = [
  "eval",
  "get",
  "set",
  "pexpire",
  "pttl",
  "del",
  "hget",
  "hset",
  "hdel",
  "time"
]

/**
 * Makes a token store in Redis 7: a single server, Sentinel or a cluster.
 *
 * **Details**
 *
 * Redis may be down when the store is made. Each operation ends within 2 seconds; without an answer it fails with a
 * time-out. Other failures contain the code from Redis or the system, such as `ECONNREFUSED`, `READONLY` or `OOM`. If
 * TLS, AUTH, CLIENT SETNAME or SELECT fails, no command is sent, and the failure names the step, host and database.
 *
 * **Gotchas**
 *
 * Records are not encrypted unless a key is given. Records have no time to live. If Redis evicts or loses a record, the
 * next process acquires a new pair.
 *
 * @example
 * ```ts
 * import * as TokenStore from "@jindouyun/core/TokenStore"
 * import * as RedisTokenStore from "@jindouyun/redis/RedisTokenStore"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 *
 * // The same store, but each account that is forgotten is logged.
 * export const audited = Layer.scoped(
 *   TokenStore.TokenStore,
 *   Effect.map(RedisTokenStore.make({ url: Redacted.make("redis://127.0.0.1") }), (store) => ({
 *     ...store,
 *     clear: (key: string) => Effect.zipLeft(store.clear(key), Effect.logInfo(`the record of ${key} was removed`))
 *   }))
 * )
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<TokenStore.Service, InvalidConfiguration, Scope.Scope> =>
  makeWith(options, {})

// The variables that the settings come from, for errors.
const makeWith = (
  options: Options,
  variables: Variables
): Effect.Effect<TokenStore.Service, InvalidConfiguration, Scope.Scope> =>
  Effect.gen(function*() {
    const codec = yield* TokenRecord.make(options)
    const prefix = yield* checkPrefix(options.prefix ?? "jindouyun", variables)
    const link = "client" in options
      ? Link.borrowed(options.client, problem.placeOfClient(options.client.options))
      : yield* ownLink(yield* parse(options, variables), variables)
    const place = problem.textOf(link.place)
    const scope = yield* Effect.scope

    const run = (
      operation: StoreFailure["operation"],
      script: string,
      key: string,
      ...parameters: ReadonlyArray<string | number>
    ) => {
      const hash = `${prefix}:{${key}}`
      return Link.send(link, operation, "eval", script, 2, hash, `${hash}:lease`, ...parameters).pipe(
        Effect.flatMap((answer) =>
          Array.isArray(answer) ? Effect.as(warnOf(hash, String(answer[1])), answer[0]) : Effect.succeed(answer)
        )
      )
    }

    return {
      load: (key) =>
        Effect.flatMap(
          Link.send(link, "load", "hget", `${prefix}:{${key}}`, "record"),
          (text) =>
            Predicate.isString(text)
              ? Effect.mapError(codec.decode(key, text), () => TokenRecord.withoutKey("load", place))
              : Effect.succeedNone
        ),
      save: (key, record, lease) =>
        Effect.gen(function*() {
          const text = yield* codec.encode(key, record)
          const fence = Option.match(lease, { onNone: () => [], onSome: ({ fence }) => [fence] })
          const answer = yield* run("save", scripts.save, key, text, record.generation, TokenRecord.format, ...fence)
          return Number(answer) < 0 ? yield* TokenRecord.withoutKey("save", place) : isOne(answer)
        }),
      clear: (key) => Effect.asVoid(run("clear", scripts.clear, key)),
      lease: (key, duration) =>
        Effect.gen(function*() {
          const owner = newOwner()
          const millis = Math.max(1, Math.ceil(Duration.toMillis(duration)))
          const release = Effect.asVoid(run("lease", scripts.release, key, owner))
          const fence = yield* run("lease", scripts.lease, key, owner, millis).pipe(
            // After a failure Redis may have granted the lease, or may still grant it.
            Effect.onError(() => Effect.forkIn(Effect.interruptible(Effect.ignore(release)), scope))
          )
          if (!Predicate.isString(fence)) {
            return Option.none()
          }
          const renew = Effect.flatMap(
            run("lease", scripts.renew, key, owner, millis),
            (renewed) => isOne(renewed) ? Effect.void : lost(place)
          )
          return Option.some({ fence: Number(fence), renew, release })
        })
    }
  })

/**
 * Provides the store that `make` returns.
 *
 * @example
 * ```ts
 * import * as Jindouyun from "@jindouyun/core/Jindouyun"
 * import * as RedisTokenStore from "@jindouyun/redis/RedisTokenStore"
 * import type * as Redacted from "effect/Redacted"
 * import type { Cluster } from "ioredis"
 *
 * // The program makes the client of a cluster, and closes it.
 * export const account = (password: Redacted.Redacted, client: Cluster, encryptionKey: Redacted.Redacted) =>
 *   Jindouyun.layer({
 *     username: "user1",
 *     password,
 *     store: RedisTokenStore.layer({ client, prefix: "reports", encryptionKey })
 *   })
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<TokenStore.TokenStore, InvalidConfiguration> =>
  fromEffect(make(options))

/**
 * Provides the store from `Config` values; `options` are those of `UrlOptions`.
 *
 * **When to use**
 *
 * Use this layer if the settings have names other than those that `layerFromEnv` reads.
 *
 * @example
 * ```ts
 * import * as RedisTokenStore from "@jindouyun/redis/RedisTokenStore"
 * import * as Config from "effect/Config"
 *
 * export const store = RedisTokenStore.layerConfig(
 *   {
 *     url: Config.redacted("CACHE_URL"),
 *     encryptionKey: Config.redacted("TOKEN_KEY")
 *   },
 *   { connectionName: "reports", tls: { servername: "cache.internal" } }
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  config: Config.Config.Wrap<Omit<UrlOptions, "options">>,
  options?: RedisOptions | undefined
): Layer.Layer<TokenStore.TokenStore, InvalidConfiguration> =>
  fromEffect(
    Effect.flatMap(
      fromConfigs<Omit<UrlOptions, "options">>(config, { url: urlForm, prefix: prefixForm }),
      (settings) => make({ ...settings, options })
    )
  )

/**
 * Provides the store from the environment: `JINDOUYUN_REDIS_URL`, `JINDOUYUN_REDIS_PREFIX`, `JINDOUYUN_ENCRYPTION_KEY`
 * and `JINDOUYUN_PREVIOUS_ENCRYPTION_KEY`. An option overrides its variable.
 *
 * @example
 * ```ts
 * import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
 * import * as Jindouyun from "@jindouyun/core/Jindouyun"
 * import * as TokenProvider from "@jindouyun/core/TokenProvider"
 * import * as RedisTokenStore from "@jindouyun/redis/RedisTokenStore"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * // All processes that run this program share one pair; one process at a time renews it.
 * export const program = Effect.flatMap(TokenProvider.TokenProvider, ({ accessToken }) => accessToken).pipe(
 *   Effect.provide(
 *     Layer.provide(Jindouyun.layerFromEnv({ store: RedisTokenStore.layerFromEnv() }), FetchHttpClient.layer)
 *   )
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerFromEnv = (
  options?: Partial<UrlOptions> | undefined
): Layer.Layer<TokenStore.TokenStore, InvalidConfiguration> =>
  fromEffect(
    Effect.flatMap(fromEnv(config), (environment) => {
      const given = Object.entries(options ?? {}).filter(([, value]) => value !== undefined)
      const { url, ...settings }: Partial<UrlOptions> = { ...environment, ...Object.fromEntries(given) }
      const read = Object.fromEntries(
        Object.entries(names).filter(([name]) => !given.some(([option]) => option === name))
      )
      return url === undefined ? invalid(names, "url", "is missing", urlForm) : makeWith({ ...settings, url }, read)
    })
  )

/**
 * The settings as a `Config` with names in camel case (`redisUrl`); the variables of the environment have the same
 * names in constant case. A missing setting is `undefined`.
 *
 * @since 0.1.0
 * @category config
 */
export const config: Config.Config<Partial<Omit<UrlOptions, "options">>> = Config.map(
  Config.all({
    url: Config.withDescription(
      Config.withDefault(Config.redacted("redisUrl"), undefined),
      "The URL of Redis; may contain a password"
    ),
    prefix: Config.withDescription(
      Config.withDefault(Config.string("redisPrefix"), undefined),
      "The start of each key name"
    ),
    keys: Encryption.config
  }),
  ({ keys, prefix, url }) => ({ ...keys, prefix, ...(url === undefined ? {} : { url }) })
)

const fromEffect = (
  store: Effect.Effect<TokenStore.Service, InvalidConfiguration, Scope.Scope>
): Layer.Layer<TokenStore.TokenStore, InvalidConfiguration> => Layer.scoped(TokenStore.TokenStore, store)

type Variables = { readonly [setting: string]: string | undefined }

const names: Variables = { url: "JINDOUYUN_REDIS_URL", prefix: "JINDOUYUN_REDIS_PREFIX" }

const invalid = (
  variables: Variables,
  setting: "url" | "prefix" | "options",
  problem: string,
  expected: string
): InvalidConfiguration => new InvalidConfiguration({ setting, variable: variables[setting], problem, expected })

const ownLink = (options: RedisOptions, variables: Variables) =>
  Effect.mapError(
    Link.owned(options, problem.placeOf(options, variables["url"])),
    () => invalid(variables, "options", "are refused by ioredis", "options that ioredis accepts")
  )

const urlForm =
  "redis://user:password@host:port/database, or rediss:// for TLS; special characters of a password as %XX"

const prefixForm = "1 to 100 letters, digits and . _ : / -"

// A brace in the prefix would change the hash tag and put the two keys into different slots.
const checkPrefix = (prefix: string, variables: Variables): Effect.Effect<string, InvalidConfiguration> =>
  /^[\w.:/-]{1,100}$/.test(prefix)
    ? Effect.succeed(prefix)
    : Effect.fail(invalid(variables, "prefix", "is not a valid prefix", prefixForm))

// The parser of ioredis accepts any of its options in the query and throws an exception at a malformed `%`.
const parse = (
  { options, url }: UrlOptions,
  variables: Variables
): Effect.Effect<RedisOptions, InvalidConfiguration> => {
  const refuse = (problem: string) => Effect.fail(invalid(variables, "url", problem, urlForm))
  // The program may have wiped the URL, or may have redacted a variable that is not set.
  const revealed = Option.liftThrowable(Redacted.value<unknown>)(url)
  if (Option.isNone(revealed)) {
    return refuse(
      Redacted.isRedacted(url) ? "was wiped" : (url ?? undefined) === undefined ? "is missing" : "is no Redacted"
    )
  }
  if (!Predicate.isString(revealed.value)) {
    return refuse((revealed.value ?? undefined) === undefined ? "is missing" : "is no text")
  }
  const text = revealed.value.trim()
  if (!URL.canParse(text)) {
    return refuse("is not a URL")
  }
  const { hash, hostname, password, pathname, port, protocol, search, username } = new URL(text)
  if (protocol !== "redis:" && protocol !== "rediss:") {
    return refuse("is neither redis: nor rediss:")
  }
  if (hostname === "") {
    return refuse("has no host")
  }
  if (search !== "" || hash !== "") {
    return refuse("has a query or a fragment")
  }
  const database = /^\/?([0-9]{0,9})$/.exec(pathname)
  if (database === null) {
    return refuse("has a database that is not a number")
  }
  return Effect.try({
    try: () => ({
      // Only a URL writes an IPv6 address in brackets.
      host: hostname.replace(/^\[|\]$/g, ""),
      port: port === "" ? 6379 : Number(port),
      db: Number(database[1]),
      ...(username === "" ? {} : { username: decodeURIComponent(username) }),
      ...(password === "" ? {} : { password: decodeURIComponent(password) }),
      // Without this option ioredis connects to the master behind a Sentinel without TLS.
      ...(protocol === "rediss:" ? { tls: {}, enableTLSForSentinelMode: true } : {}),
      ...options
    }),
    catch: () => invalid(variables, "url", "has a % that is not followed by two digits", urlForm)
  })
}

const warnOf = (hash: string, fields: string): Effect.Effect<void> =>
  Effect.logWarning(`ignored, because no token store writes these numbers: the fields${fields} of ${hash}`).pipe(
    Effect.annotateLogs({ package: "@jindouyun/redis", module: "RedisTokenStore" })
  )

const isOne = (answer: unknown): boolean => Number(answer) === 1

const newOwner = (): string => Encoding.encodeHex(globalThis.crypto.getRandomValues(new Uint8Array(16)))

const lost = (place: string): StoreFailure =>
  new StoreFailure({ operation: "lease", detail: `the lease was lost (${place})` })
