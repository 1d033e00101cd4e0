import { afterAll, beforeAll, it } from "@effect/vitest"
import * as Token from "@jindouyun/core/Token"
import * as TokenRecord from "@jindouyun/core/TokenRecord"
import type * as TokenStore from "@jindouyun/core/TokenStore"
import * as StoreContract from "@jindouyun/sandbox/StoreContract"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import { type Cluster, Redis, type RedisOptions } from "ioredis"

/** A store of one process, and a client that reads and writes the hashes of its accounts. */
interface Backend<E> {
  readonly store: Effect.Effect<TokenStore.Service, E, Scope.Scope>
  readonly client: Redis | Cluster
}

/** Every sentence of the contract as a test. The tests share the backend, each with keys of its own. */
export const contract = <E, E2>(backend: Effect.Effect<Backend<E>, E2, Scope.Scope>) => {
  const scope = Effect.runSync(Scope.make())
  let shared: Backend<E>
  beforeAll(async () => {
    shared = await Effect.runPromise(Scope.extend(backend, scope))
  })
  afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))
  for (const { name, run } of StoreContract.cases) {
    it.scopedLive(name, () => {
      const { client, store } = shared
      return run({
        store,
        text: {
          write: (key, record) =>
            Effect.promise(() => client.hset(hashOf(key), { record, generation: 1, format: TokenRecord.format + 1 })),
          read: (key) =>
            Effect.map(Effect.promise(() => client.hget(hashOf(key), "record")), (text) => text ?? undefined)
        }
      })
    })
  }
}

const hashOf = (key: string) => `jindouyun:{${key}}`

export const urlOf = ({ port }: { readonly port: number }) => Redacted.make(`redis://127.0.0.1:${port}`)

/** A client of the test's own. */
export const clientOf = (port: number, options: RedisOptions = {}): Effect.Effect<Redis, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const client = new Redis({ port, ...options })
      client.on("error", () => {})
      return client
    }),
    (client) => Effect.sync(() => client.disconnect())
  )

export const encryptionKey = Redacted.make("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")

/** In the form the provider gives it: a SHA-256 in hexadecimal. */
export const account = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"

export const hash = hashOf(account)

export const lease = `${hash}:lease`

export const record = (generation: number): TokenRecord.TokenRecord => ({
  generation,
  pair: Option.some(
    Token.makePair(
      new Token.TokenGrant({
        accessToken: Redacted.make(`access-canary-${generation}`),
        refreshToken: new Token.RefreshToken({ value: Redacted.make(`refresh-canary-${generation}`) }),
        sentAt: 1_900_000_000_000
      }),
      generation,
      { accessToken: 86_400_000, refreshToken: 2_592_000_000 }
    )
  ),
  refusedCredentials: Option.none(),
  earlierRefusals: []
})

/** What was loaded, in a form that two of can be compared: to chai a `some` is equal to a `none`. */
export const generationOf = (loaded: Option.Option<TokenRecord.TokenRecord>): number | undefined =>
  Option.getOrUndefined(Option.map(loaded, ({ generation }) => generation))

export const duration = Duration.seconds(17)

/** A lease that the store must grant now. */
export const granted = (store: TokenStore.Service, lasts = duration) =>
  Effect.map(store.lease(account, lasts), Option.getOrThrow)

/** What may go wrong, by its operation and word, without the place. */
export const wordsOf = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.match(effect, {
    onFailure: (failure) => {
      const { detail, operation } = failure as { readonly operation?: string; readonly detail?: string }
      return `${operation}: ${detail?.replace(/ \(Redis at .*\)$/, "")}`
    },
    onSuccess: () => "success"
  })
