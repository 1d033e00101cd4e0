import * as Effect from "effect/Effect"
import * as Random from "effect/Random"

/** Random numbers that a seed determines. */
export const seeded: (seed: number) => Random.Random = Random.make

/** Fractions are always the highest; whole numbers are seeded. */
export const highest = (seed: number): Random.Random => {
  const random = seeded(seed)
  return {
    [Random.RandomTypeId]: Random.RandomTypeId,
    next: Effect.succeed(0.999),
    nextBoolean: random.nextBoolean,
    nextInt: random.nextInt,
    nextRange: (min, max) => Effect.succeed(min + 0.999 * (max - min)),
    nextIntBetween: (min, max) => random.nextIntBetween(min, max),
    shuffle: (elements) => random.shuffle(elements)
  }
}
