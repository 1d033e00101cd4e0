import * as Jindouyun from "@jindouyun/core/Jindouyun"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Ref from "effect/Ref"
import * as SynchronizedRef from "effect/SynchronizedRef"
import { account, inMemory, provider, repeated } from "./library.js"

/** A batch of reads of one contender. */
export interface Batch {
  readonly reads: number
  readonly run: () => Promise<unknown>
}

/** Batches of reads of a valid token, and of what Effect offers for a kept value. */
export const read = async (reads: number): Promise<Readonly<Record<string, Batch>>> => {
  const runtime = ManagedRuntime.make(
    Jindouyun.layer({ ...account, baseUrl: "http://localhost:1" }).pipe(Layer.provide(inMemory))
  )
  const { accessToken } = await runtime.runPromise(provider)
  const token = await Effect.runPromise(accessToken)
  const cached = await Effect.runPromise(Effect.cachedWithTTL(Effect.succeed(token), "1 hour"))
  const batch = <A, E>(effect: Effect.Effect<A, E>, many = reads): Batch => ({
    reads: many,
    run: repeated(effect, many)
  })
  return {
    accessToken: batch(accessToken),
    "Ref.get": batch(Ref.get(Ref.unsafeMake(token))),
    "SynchronizedRef.get": batch(SynchronizedRef.get(SynchronizedRef.unsafeMake(token))),
    "Effect.cachedWithTTL": batch(cached, reads / 10),
    // A read that reads the clock and can fail needs at least this.
    "floor: suspend, clock, succeed": batch(
      Effect.suspend(() => Date.now() < Infinity ? Effect.succeed(token) : Effect.fail("expired"))
    )
  }
}
