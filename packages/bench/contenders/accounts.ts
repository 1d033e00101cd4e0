import * as Accounts from "@jindouyun/core/Accounts"
import * as Jindouyun from "@jindouyun/core/Jindouyun"
import * as Token from "@jindouyun/core/Token"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import { account, inMemory } from "./library.js"

const pair = (serial: number): Token.TokenPair =>
  Token.makePair(
    new Token.TokenGrant({
      accessToken: Redacted.make(`access-${serial}`),
      refreshToken: new Token.RefreshToken({ value: Redacted.make(`refresh-${serial}`) }),
      sentAt: 0
    }),
    1,
    { accessToken: 86_400_000, refreshToken: 30 * 86_400_000 }
  )

/** Accounts of one process, each with its token, and as many `Ref`s with a pair. */
export const accounts = async (size: number, heap: () => number) => {
  const runtime = ManagedRuntime.make(
    Jindouyun.layerAccounts((username) => Effect.succeed({ ...account, username }), {
      baseUrl: "http://localhost:1"
    }).pipe(Layer.provide(inMemory))
  )
  const accounts = await runtime.runPromise(Accounts.Accounts)
  const before = heap()
  const providers = Array.from({ length: size }, (_, i) => accounts.get(`account-${i}`))
  await runtime.runPromise(
    Effect.forEach(providers, ({ accessToken }) => accessToken, { concurrency: 100, discard: true })
  )
  const bytes = (heap() - before) / size
  const empty = heap()
  // More of them than accounts: each is light, and other changes of the heap weigh little beside so many.
  const manyRefs = Array.from(
    { length: 20 * size },
    (_, i) => Ref.unsafeMake({ pair: pair(i), generation: 1, activity: "idle", lastRequestAt: 0 })
  )
  const bytesOfRef = (heap() - empty) / manyRefs.length

  /** Reads the values in turn, within one fiber. */
  const inTurn = (effects: ReadonlyArray<Effect.Effect<unknown, unknown>>) => (reads: number) =>
    Effect.runPromise(Effect.gen(function*() {
      for (let i = 0; i < reads; i++) {
        yield* effects[i % effects.length] ?? Effect.void
      }
    }))

  return {
    bytes,
    bytesOfRef,
    one: inTurn(providers.slice(-1).map(({ accessToken }) => accessToken)),
    all: inTurn(providers.map(({ accessToken }) => accessToken)),
    refs: inTurn(manyRefs.slice(0, size).map(Ref.get)),
    close: () => runtime.dispose()
  }
}
