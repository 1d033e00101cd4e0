/**
 * A read of a fresh token within one fiber that goes on, beside what Effect itself has for a value that is kept, and
 * beside the getters of the peers, awaited in a loop.
 */
import * as Jindouyun from "@jindouyun/core/Jindouyun"
import * as Cache from "effect/Cache"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Ref from "effect/Ref"
import * as SynchronizedRef from "effect/SynchronizedRef"
import { figures, inOneFiber, interleave, main, nanos, ratio } from "../measure.js"
import { getters } from "../peers/load.js"
import { account, inMemory, provider } from "../platform.js"

const ours = "accessToken"

main(async ({ peers, quick, url }) => {
  const runtime = ManagedRuntime.make(
    Jindouyun.layer({ ...account, baseUrl: "http://localhost:1" }).pipe(Layer.provide(inMemory))
  )
  const { accessToken } = await runtime.runPromise(provider)
  const token = await Effect.runPromise(accessToken)
  const cache = await Effect.runPromise(
    Cache.make({ capacity: 16, timeToLive: "1 hour", lookup: (_: string) => Effect.succeed(token) })
  )
  const cached = await Effect.runPromise(Effect.cachedWithTTL(Effect.succeed(token), "1 hour"))
  const reads = quick ? 4000 : 10_000
  const inAFiber = <A, E>(effect: Effect.Effect<A, E>, many = reads) => nanos(many, inOneFiber(effect, many))
  const theirs = Object.entries(peers ? await getters(url) : {}).map(([name, get]) =>
    [
      name,
      nanos(reads, async () => {
        for (let i = 0; i < reads; i++) {
          await get()
        }
      })
    ] as const
  )

  const rounds = await interleave({
    [ours]: inAFiber(accessToken),
    "Ref.get": inAFiber(Ref.get(Ref.unsafeMake(token))),
    "SynchronizedRef.get": inAFiber(SynchronizedRef.get(SynchronizedRef.unsafeMake(token))),
    "Cache.get": inAFiber(cache.get("token")),
    "Effect.cachedWithTTL": inAFiber(cached, reads / 10),
    // What a read that looks at the clock and can fail cannot do without.
    "floor: suspend, clock, succeed": inAFiber(
      Effect.suspend(() => Date.now() < Infinity ? Effect.succeed(token) : Effect.fail("expired"))
    ),
    ...Object.fromEntries(theirs)
  }, quick ? { rounds: 11, warmup: 2 } : { rounds: 61, warmup: 8 })

  return {
    figures: figures(rounds, "time", { title: "a read", unit: "ns" }),
    checks: [
      ratio(rounds, "time", [ours, "Ref.get"], { name: "beside Ref.get", goal: { atMost: 2 } }),
      ratio(rounds, "time", [ours, "Ref.get"], { name: "beside Ref.get, the next step", goal: { atMost: 1.5 } }),
      ratio(rounds, "time", [ours, "Cache.get"], { name: "beside Cache.get", goal: { atMost: 0.35 } }),
      ratio(rounds, "time", [ours, "Effect.cachedWithTTL"], { name: "beside cachedWithTTL", goal: { atMost: 0.05 } }),
      ...theirs.map(([name]) => ratio(rounds, "time", [ours, name], { name: `beside ${name}`, goal: undefined }))
    ]
  }
})
