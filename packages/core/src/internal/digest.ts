import { hmac } from "@noble/hashes/hmac.js"
import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex } from "@noble/hashes/utils.js"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import type { UsernamePassword } from "../Credentials.js"
import { normalizeBaseUrl } from "../JindouyunConfig.js"

/** The name of an account in stores and metrics. */
export const accountKey = (baseUrl: string, account: string): string =>
  bytesToHex(sha256(written(Either.getOrElse(normalizeBaseUrl(baseUrl), () => baseUrl), account)))

/** A hash of refused credentials. The salt, so that equal passwords have different hashes, needs to be unique, not secret. */
export const fingerprint = ({ password, username }: UsernamePassword, salt: string): string =>
  `${salt}:${bytesToHex(hmac(sha256, utf8(salt), written(username, Redacted.value(password))))}`

export const matches = (credentials: UsernamePassword, remembered: string): boolean =>
  fingerprint(credentials, remembered.slice(0, Math.max(0, remembered.indexOf(":")))) === remembered

// As JSON, so that the parts cannot run into each other.
const written = (...parts: ReadonlyArray<string>): Uint8Array => utf8(JSON.stringify(parts))

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
