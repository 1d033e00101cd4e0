import * as original from "../../core/src/internal/token/renewal.js"

export * from "../../core/src/internal/token/renewal.js"

export const run: typeof original.run = (env, order) => {
  const now = () => env.clock.unsafeCurrentTimeMillis()
  const clock = {
    ...env.clock,
    unsafeCurrentTimeMillis: now,
    unsafeCurrentTimeNanos: () => BigInt(now()) * 1_000_000n
  }
  return original.run({ ...env, clock }, order)
}
