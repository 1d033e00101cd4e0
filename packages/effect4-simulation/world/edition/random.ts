import * as Effect from "effect/Effect"
import * as Random from "effect/Random"

/** Random numbers that a seed determines. */
export const seeded = (seed: number): Random.Random => Effect.runSync(Random.withSeed(Random.Random, seed))

/** Fractions are nearly the highest. Whole numbers, which are made of fractions, still differ. */
export const highest = (seed: number): Random.Random => {
  const random = seeded(seed)
  return {
    nextDoubleUnsafe: () => 0.999 + 0.001 * random.nextDoubleUnsafe(),
    nextIntUnsafe: () => random.nextIntUnsafe()
  }
}
