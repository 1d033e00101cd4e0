import * as Effect from "effect/Effect"
import * as Random from "effect/Random"

/** Random numbers that a seed determines. */
export const seeded = (seed: number): Random.Random => Effect.runSync(Random.withSeed(Random.Random, seed))

/** Fractions are always the highest, and so are whole numbers within bounds, which Effect 4 makes of fractions. */
export const highest = (seed: number): Random.Random => {
  const random = seeded(seed)
  return { nextDoubleUnsafe: () => 0.999, nextIntUnsafe: () => random.nextIntUnsafe() }
}
