/**
 * Many accounts in one process, each with its token: what a read costs and how it grows, what an account weighs beside
 * a Ref with the same pair, and how many timers there are.
 */
import * as Accounts from "@jindouyun/core/Accounts"
import * as Jindouyun from "@jindouyun/core/Jindouyun"
import * as Token from "@jindouyun/core/Token"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import { count, figures, heap, interleave, main, nanos, ratio, spread } from "../measure.js"
import { account, inMemory } from "../platform.js"
import type { Check, Figure } from "../Result.js"

const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length

main(async ({ quick }) => {
  const reads = quick ? 2000 : 10_000
  const before = timers()

  const many = (effects: ReadonlyArray<Effect.Effect<unknown, unknown>>) => {
    const loop = Effect.gen(function*() {
      for (let i = 0; i < reads; i++) {
        yield* effects[i % effects.length] ?? Effect.void
      }
    })
    return nanos(reads, () => Effect.runPromise(loop))
  }

  const fleets = []
  for (const size of [1, 100, quick ? 1000 : 10_000]) {
    const runtime = ManagedRuntime.make(
      Jindouyun.layerAccounts((username) => Effect.succeed({ ...account, username }), {
        baseUrl: "http://localhost:1"
      }).pipe(Layer.provide(inMemory))
    )
    const accounts = await runtime.runPromise(Accounts.Accounts)
    const empty = heap()
    const providers = Array.from({ length: size }, (_, i) => accounts.get(`account-${i}`))
    await runtime.runPromise(
      Effect.forEach(providers, ({ accessToken }) => accessToken, { concurrency: 100, discard: true })
    )
    const weight = (heap() - empty) / size
    const alone = heap()
    // More of them than accounts: each is light, and what else the heap gains weighs little beside so many.
    const manyRefs = Array.from(
      { length: 20 * size },
      (_, i) => Ref.unsafeMake({ pair: pair(i), generation: 1, activity: "idle", lastRequestAt: 0 })
    )
    const weightOfRef = (heap() - alone) / manyRefs.length
    const refs = manyRefs.slice(0, size)
    fleets.push({ providers, refs, runtime, size, weight, weightOfRef })
  }

  const found: Array<Figure> = []
  const checks: Array<Check> = [count("timers", timers() - before, { atMost: 1 })]
  const one = (size: number) => `one of ${size} accounts`
  const ours = (size: number) => `${size} accounts in turn`
  const theirs = (size: number) => `${size} Refs in turn`
  const rounds = await interleave(
    Object.fromEntries(fleets.flatMap(({ providers, refs, size }) => [
      [one(size), many(providers.slice(-1).map(({ accessToken }) => accessToken))],
      [ours(size), many(providers.map(({ accessToken }) => accessToken))],
      [theirs(size), many(refs.map(Ref.get))]
    ])),
    quick ? { rounds: 5, warmup: 2 } : { rounds: 41, warmup: 5 }
  )
  found.push(...figures(rounds, "time", { title: "a read", unit: "ns" }))
  for (const { runtime, size, weight, weightOfRef } of fleets) {
    if (size > 1) {
      checks.push(
        ratio(rounds, "time", [one(size), one(1)], {
          name: `a read of one of ${size} accounts, beside the only one`,
          goal: { atMost: 1.3 }
        }),
        // What comes on top is memory that is not at hand, with Refs as well.
        ratio(rounds, "time", [ours(size), ours(1)], {
          name: `a read of ${size} accounts in turn, beside the only one`,
          goal: { atMost: 1.3 }
        }),
        ratio(rounds, "time", [theirs(size), theirs(1)], {
          name: `a Ref.get of ${size} Refs in turn, beside the only one`,
          goal: undefined
        })
      )
    }
    // Of few it would be what the first costs.
    if (size >= 1000) {
      found.push(
        { measure: `heap an account of ${size}`, contender: "Accounts", unit: "B", ...spread([weight]) },
        { measure: `heap an account of ${size}`, contender: "Ref and its pair", unit: "B", ...spread([weightOfRef]) }
      )
      checks.push(count(`heap an account of ${size}, times a Ref and its pair`, weight / weightOfRef, undefined))
    }
    await runtime.dispose()
  }
  return { figures: found, checks }
})

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
