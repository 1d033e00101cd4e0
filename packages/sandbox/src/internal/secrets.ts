import * as Token from "@jindouyun/core/Token"
import * as Redacted from "effect/Redacted"

/**
 * Masks secrets in text of clients that the journal or the log keeps. The newest passwords and tokens are found in every
 * encoding and in pieces. Older tokens are found by their form, so that memory does not grow in a long run.
 *
 * @internal
 */
export class Secrets {
  private readonly passwords = new Map<string, Redacted.Redacted>()
  private readonly tokens = new Map<string, Redacted.Redacted>()

  addPassword(password: string): void {
    add(this.passwords, password, 2000)
  }

  addTokens(...tokens: ReadonlyArray<string>): void {
    for (const token of tokens) {
      add(this.tokens, token, 200)
    }
  }

  /** Masks all secrets of a text. */
  mask(text: string): string {
    // By form first: a piece that is found by chance would divide an older token.
    const formless = text.replace(tokenForm, "<redacted>")
    return Token.redact(formless, [...this.passwords.values(), ...this.tokens.values()])
  }

  /** Masks a text, escapes control characters, and cuts it to a length that the journal and a terminal can show. */
  brief(text: string): string {
    // A secret that the first cut divides is beyond the second one.
    const masked = this.mask(text.slice(0, 4 * longest)).replace(unprintable, escape)
    return masked.length > longest ? `${masked.slice(0, longest - 1)}…` : masked
  }
}

const add = (secrets: Map<string, Redacted.Redacted>, secret: string, most: number): void => {
  const known = secrets.get(secret) ?? Redacted.make(secret)
  secrets.delete(secret)
  secrets.set(secret, known)
  dropOldest(secrets, most)
}

const longest = 200

// Control characters, and invisible characters that reorder or end the line of a log.
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/gu

const escape = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`

// A token of the sandbox, in hexadecimal, in base64, or with its characters escaped: a long run with a digit, or with
// capital and small letters. An escape of a byte above 7f ends a run, because a token has only ASCII.
const tokenForm = /(?=[a-z%\\&#;]*[A-Z0-9]|[A-Z%\\&#;]*[a-z0-9])(?:[A-Za-z0-9\\&#;]|%(?![89A-Fa-f][0-9A-Fa-f])){28,}/g

/** Removes the entries of a map that were added first, until `most` are left. @internal */
export const dropOldest = (map: Map<unknown, unknown>, most: number): void => {
  for (const key of map.keys()) {
    if (map.size <= most) {
      return
    }
    map.delete(key)
  }
}
