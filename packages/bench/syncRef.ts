/**
 * Why `internal/edition/syncRef` exists: what one synchronous step over a `Ref` costs, with `syncRef` and with `Ref.modify`.
 *
 *     npx tsx packages/bench/syncRef.ts
 */
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import * as SyncRef from "../core/src/internal/edition/syncRef.js"

const reads = 200_000
const rounds = 15

const ref = SyncRef.make({ token: "a", expiresAt: Infinity })
const plain = Ref.unsafeMake({ token: "a", expiresAt: Infinity })
const now = () => Date.now()

const contenders: Readonly<Record<string, Effect.Effect<unknown>>> = {
  "Ref.get": Ref.get(plain),
  "syncRef": Effect.suspend(() => {
    const { expiresAt, token } = SyncRef.get(ref)
    return now() < expiresAt ? Effect.succeed(token) : Effect.never
  }),
  "Ref.modify": Effect.flatten(
    Ref.modify(plain, (state) => [now() < state.expiresAt ? Effect.succeed(state.token) : Effect.never, state])
  )
}

const nanosOf = (read: Effect.Effect<unknown>): number => {
  const start = process.hrtime.bigint()
  Effect.runSync(Effect.gen(function*() {
    for (let n = 0; n < reads; n++) {
      yield* read
    }
  }))
  return Number(process.hrtime.bigint() - start) / reads
}

const names = Object.keys(contenders)
const seen = new Map(names.map((name) => [name, [] as Array<number>]))
for (let round = 0; round < rounds; round++) {
  for (const [name, read] of Object.entries(contenders)) {
    seen.get(name)?.push(nanosOf(read))
  }
}
const median = (values: ReadonlyArray<number>) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
const floor = seen.get("Ref.get") ?? []
for (const name of names) {
  const ratios = (seen.get(name) ?? []).map((nanos, round) => nanos / (floor[round] ?? NaN))
  console.log(`${name}: ${median(ratios).toFixed(2)} times Ref.get`)
}
