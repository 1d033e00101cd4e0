import * as Effect from "effect/Effect"
import * as Random from "effect/Random"

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// One random integer yields eight characters: 62^8 is the largest power of 62 that fits.
const chunk = Effect.map(Random.nextIntBetween(0, alphabet.length ** 8), (n) => {
  let text = ""
  for (let i = 0; i < 8; i++) {
    text += alphabet[n % alphabet.length]
    n = Math.floor(n / alphabet.length)
  }
  return text
})

/**
 * 32 alphanumeric characters, as in the document's example.
 *
 * @internal
 */
export const randomToken: Effect.Effect<string> = Effect.map(
  Effect.all([chunk, chunk, chunk, chunk]),
  (chunks) => chunks.join("")
)
