/**
 * One pair for a fleet: the processes that share a Redis share the pair of an account, and one of them at a time
 * requests for all.
 *
 * @since 0.1.0
 */
import * as Encryption from "@jindouyun/core/Encryption"
import { fromConfigError, fromEnv } from "@jindouyun/core/JindouyunConfig"
import { InvalidConfiguration, StoreFailure } from "@jindouyun/core/JindouyunError"
import * as TokenRecord from "@jindouyun/core/TokenRecord"
import * as TokenStore from "@jindouyun/core/TokenStore"
import * as Config from "effect/Config"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { RedisOptions } from "ioredis"
import * as Link from "./internal/link.js"
import * as scripts from "./internal/scripts.js"

/**
 * What the store asks of a client: any `Redis` or `Cluster` of ioredis 5 has it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Client {
  readonly status: string
  readonly connect: () => Promise<void>
  readonly call: (command: string, ...parameters: Array<string | number>) => Promise<unknown>
}

/**
 * How records are kept, wherever Redis is.
 *
 * @since 0.1.0
 * @category models
 */
export interface Settings extends Partial<Encryption.Keys> {
  /**
   * What the names of the keys begin with: `<prefix>:{<account>}` is the record of an account, and
   * `<prefix>:{<account>}:lease` is its lease, in the same slot of a cluster. Defaults to `jindouyun`.
   */
  readonly prefix?: string | undefined
}

/**
 * A client of the store's own: it connects when it is first needed, again when the connection was lost, and is closed
 * with the scope of the store.
 *
 * @since 0.1.0
 * @category models
 */
export interface UrlOptions extends Settings {
  /**
   * `redis://user:password@host:port/database`, or `rediss://` for TLS; all but the host may be left out. With Sentinel
   * the host is not used, but user, password and database are.
   */
  readonly url: Redacted.Redacted
  /**
   * Anything else that ioredis is to know: `tls`, `sentinels` and `name`, `family`, `connectionName`, … When it connects,
   * what it sends again and what it queues is the store's to say.
   */
  readonly options?: RedisOptions | undefined
}

/**
 * A client of the consumer's, which is never closed by the store. The store fails while it is not connected.
 *
 * @since 0.1.0
 * @category models
 */
export interface ClientOptions extends Settings {
  readonly client: Client
}

/**
 * Where Redis is, and how records are kept in it.
 *
 * @since 0.1.0
 * @category models
 */
export type Options = UrlOptions | ClientOptions

/**
 * The commands of Redis that the store uses, for an access control list: `user jindouyun on >password resetkeys
 * ~jindouyun:* resetchannels -@all +eval +hget …`. A client of your own may need more, as `+info`, or `+cluster|slots` for
 * a cluster; a database other than 0 needs `+select`.
 *
 * @since 0.1.0
 * @category models
 */
export const commands: ReadonlyArray<string> = ["eval", "get", "set", "pexpire", "del", "hget", "hset", "hdel", "time"]

/**
 * Keeps records in Redis 7, alone, behind Sentinel or as a cluster. A record is plain unless there is a key.
 *
 * Redis need not be there yet. Each operation is answered or fails within 2 seconds, and its failure names what Redis
 * or the system called it: `ECONNREFUSED`, `WRONGPASS`, `READONLY`, `OOM`, `no answer within 2 seconds`. A record has no
 * time to live: one that is evicted or lost costs an acquisition.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options
): Effect.Effect<TokenStore.Service, InvalidConfiguration, Scope.Scope> =>
  Effect.gen(function*() {
    const codec = yield* TokenRecord.make(options)
    const prefix = yield* checkPrefix(options.prefix ?? "jindouyun")
    const link = "client" in options ? Link.borrowed(options.client) : yield* Link.owned(yield* parse(options)).pipe(
      Effect.mapError(() => invalid("options", "are refused by ioredis", "options that ioredis takes"))
    )
    const scope = yield* Effect.scope

    const run = (
      operation: StoreFailure["operation"],
      script: string,
      key: string,
      ...parameters: ReadonlyArray<string | number>
    ) => {
      const hash = `${prefix}:{${key}}`
      return Link.send(link, operation, "eval", script, 2, hash, `${hash}:lease`, ...parameters)
    }

    return {
      load: (key) =>
        Effect.flatMap(
          Link.send(link, "load", "hget", `${prefix}:{${key}}`, "record"),
          (text) => Predicate.isString(text) ? codec.decode(key, text) : Effect.succeedNone
        ),
      save: (key, record, lease) =>
        Effect.gen(function*() {
          const text = yield* codec.encode(key, record)
          const fence = Option.match(lease, { onNone: () => [], onSome: ({ fence }) => [fence] })
          return isOne(yield* run("save", scripts.save, key, text, record.generation, TokenRecord.format, ...fence))
        }),
      clear: (key) => Effect.asVoid(run("clear", scripts.clear, key)),
      lease: (key, duration) =>
        Effect.gen(function*() {
          const owner = newOwner()
          const millis = Math.max(1, Math.ceil(Duration.toMillis(duration)))
          const release = Effect.asVoid(run("lease", scripts.release, key, owner))
          const fence = yield* run("lease", scripts.lease, key, owner, millis).pipe(
            // Redis may have granted the lease, or may still grant it, after this process stopped waiting for the answer.
            Effect.onError(() => Effect.forkIn(Effect.interruptible(Effect.ignore(release)), scope))
          )
          if (!Predicate.isString(fence)) {
            return Option.none()
          }
          const renew = Effect.flatMap(
            run("lease", scripts.renew, key, owner, millis),
            (renewed) => isOne(renewed) ? Effect.void : lost
          )
          return Option.some({ fence: Number(fence), renew, release })
        })
    }
  })

/**
 * Shares one store in Redis, as `make` has it.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<TokenStore.TokenStore, InvalidConfiguration> =>
  fromEffect(make(options))

/**
 * Shares one store in Redis, from configs of the user's own naming; `options` are those of `UrlOptions`.
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
      Effect.mapError(Config.unwrap(config), fromConfigError),
      (settings) => make({ ...settings, options })
    )
  )

/**
 * Shares one store in Redis, from the environment: `JINDOUYUN_REDIS_URL`, `JINDOUYUN_REDIS_PREFIX`,
 * `JINDOUYUN_ENCRYPTION_KEY` and `JINDOUYUN_PREVIOUS_ENCRYPTION_KEY`. What is given here wins over it.
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
 * // However many processes run this, the platform sees one acquisition and one refresh at a time.
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
      return url === undefined ? invalid("url", "is missing", urlForm) : make({ ...settings, url })
    })
  )

/**
 * The settings as a `Config`, under the names that the environment has in constant case; what is missing stays
 * `undefined`.
 *
 * @since 0.1.0
 * @category config
 */
export const config: Config.Config<Partial<Omit<UrlOptions, "options">>> = Config.map(
  Config.all({
    url: Config.withDescription(
      Config.withDefault(Config.redacted("redisUrl"), undefined),
      "Where Redis is; may carry a password"
    ),
    prefix: Config.withDescription(
      Config.withDefault(Config.string("redisPrefix"), undefined),
      "What the names of the keys begin with"
    ),
    keys: Encryption.config
  }),
  ({ keys, prefix, url }) => ({ ...keys, prefix, ...(url === undefined ? {} : { url }) })
)

const fromEffect = (
  store: Effect.Effect<TokenStore.Service, InvalidConfiguration, Scope.Scope>
): Layer.Layer<TokenStore.TokenStore, InvalidConfiguration> => Layer.scoped(TokenStore.TokenStore, store)

const variables = {
  url: "JINDOUYUN_REDIS_URL",
  prefix: "JINDOUYUN_REDIS_PREFIX",
  options: undefined
}

const invalid = (setting: keyof typeof variables, problem: string, expected: string): InvalidConfiguration =>
  new InvalidConfiguration({ setting, variable: variables[setting], problem, expected })

const urlForm =
  "redis://user:password@host:port/database, or rediss:// for TLS, with what is special in a password as %XX"

// A brace would move the hash tag, and with it one of the two keys to another slot.
const checkPrefix = (prefix: string): Either.Either<string, InvalidConfiguration> =>
  /^[\w.:/-]{1,100}$/.test(prefix)
    ? Either.right(prefix)
    : Either.left(invalid("prefix", "is no prefix", "1 to 100 letters, digits and . _ : / -"))

// Not by ioredis, which takes any of its options from the query, and a `%` that stands for nothing as an exception.
const parse = ({ options, url }: UrlOptions): Either.Either<RedisOptions, InvalidConfiguration> => {
  const text = Redacted.value(url).trim()
  const refuse = (problem: string) => Either.left(invalid("url", problem, urlForm))
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
  return Either.try({
    try: () => ({
      // An address of IPv6 has brackets in a URL only.
      host: hostname.replace(/^\[|\]$/g, ""),
      port: port === "" ? 6379 : Number(port),
      db: Number(database[1]),
      ...(username === "" ? {} : { username: decodeURIComponent(username) }),
      ...(password === "" ? {} : { password: decodeURIComponent(password) }),
      // By itself ioredis would talk to the master behind a Sentinel in clear.
      ...(protocol === "rediss:" ? { tls: {}, enableTLSForSentinelMode: true } : {}),
      ...options
    }),
    catch: () => invalid("url", "has a % that is not followed by two digits", urlForm)
  })
}

const isOne = (answer: unknown): boolean => Number(answer) === 1

const newOwner = (): string => Encoding.encodeHex(globalThis.crypto.getRandomValues(new Uint8Array(16)))

const lost: Effect.Effect<never, StoreFailure> = Effect.failSync(() =>
  new StoreFailure({ operation: "lease", detail: "it was lost" })
)
