import * as Encoding from "effect/Encoding"
import * as Redacted from "effect/Redacted"

const limit = 200

/**
 * Makes text of the platform fit to be kept: our own secrets taken out in the forms in which a server echoes what it
 * was sent, control characters escaped, and no more than 200 characters. Secrets go first, or the cut could leave
 * the beginning of one behind.
 *
 * @internal
 */
export const scrub = (text: string, secrets: Iterable<Redacted.Redacted>): string => {
  let clean = text
  for (const secret of secrets) {
    for (const form of forms(Redacted.value(secret))) {
      clean = clean.replaceAll(form, "<redacted>")
    }
  }
  const escaped = clean.replace(unprintable, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`)
  return escaped.length > limit ? `${escaped.slice(0, limit - 1)}…` : escaped
}

// Control characters, and those that reorder or end the line a log shows.
const unprintable = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu

const forms = (secret: string): ReadonlyArray<string> =>
  secret === "" ? [] : [
    ...new Set([
      JSON.stringify(secret).slice(1, -1),
      encodeURIComponent(secret.replaceAll(/\p{Surrogate}/gu, "\ufffd")),
      Encoding.encodeBase64(secret),
      Encoding.encodeBase64Url(secret),
      secret
    ])
  ].sort((a, b) => b.length - a.length)
