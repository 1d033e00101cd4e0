import * as Encoding from "effect/Encoding"
import * as Redacted from "effect/Redacted"

const limit = 200

/**
 * Makes text of the platform fit to be kept: secrets redacted, control characters escaped, cut to 200 characters. Secrets
 * are redacted first, because the cut could leave the beginning of one.
 */
export const sanitize = (text: string, secrets: Iterable<Redacted.Redacted>): string =>
  cut(redact(text, secrets).replace(unprintable, escape))

/**
 * Redacts secrets in every form in which a server echoes what it was sent. The longest goes first, because a shorter secret
 * may be a part of it.
 */
export const redact = (text: string, secrets: Iterable<Redacted.Redacted>): string => {
  const written = [...secrets].flatMap((secret) => forms(Redacted.value(secret))).sort((a, b) => b.length - a.length)
  return written.reduce((rest, form) => rest.replaceAll(form, () => "<redacted>"), text)
}

// Control characters, and invisible characters that reorder or end the line of a log.
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/gu

const escape = (char: string): string =>
  char.split("").map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")

const cut = (text: string): string =>
  text.length > limit ? `${text.slice(0, limit - 1).replace(/[\ud800-\udbff]$/, "")}…` : text

const entities: { readonly [char: string]: string } = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "\"": "&quot;",
  "'": "&#39;"
}

const forms = (secret: string): ReadonlyArray<string> => {
  if (secret === "") {
    return []
  }
  const wellFormed = secret.replace(/\p{Surrogate}/gu, "\ufffd")
  const json = JSON.stringify(secret).slice(1, -1)
  return [
    secret,
    json,
    json.replace(/[^\x20-\x7e]/g, escape),
    encodeURIComponent(wellFormed),
    encodeURIComponent(wellFormed).replace(/%../g, (byte) => byte.toLowerCase()),
    secret.replace(/[&<>"']/g, (char) => entities[char] ?? char),
    new URLSearchParams({ "": wellFormed }).toString().slice(1),
    Encoding.encodeBase64(secret),
    Encoding.encodeBase64(secret).replace(/=+$/, ""),
    Encoding.encodeBase64Url(secret)
  ]
}
