import { hmac } from "@noble/hashes/hmac.js"
import { sha256 } from "@noble/hashes/sha2.js"
import * as Redacted from "effect/Redacted"
import type { UsernamePassword } from "../Credentials.js"

/**
 * The name under which stores and metrics know an account.
 *
 * @internal
 */
export const accountKey = (baseUrl: string, account: string): string => hex(sha256(written(baseUrl, account)))

/**
 * Credentials as a refused acquisition is remembered by. The salt is there so that equal passwords of two accounts do not
 * look alike; it needs to be unique, not secret.
 *
 * @internal
 */
export const fingerprint = ({ password, username }: UsernamePassword, salt: string): string =>
  `${salt}:${hex(hmac(sha256, utf8(salt), written(username, Redacted.value(password))))}`

/** @internal */
export const matches = (credentials: UsernamePassword, remembered: string): boolean =>
  fingerprint(credentials, remembered.slice(0, Math.max(0, remembered.indexOf(":")))) === remembered

// As JSON, so that no text of one part can be taken for the beginning of the next.
const written = (...parts: ReadonlyArray<string>): Uint8Array => utf8(JSON.stringify(parts))

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")
