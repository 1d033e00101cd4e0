import { hmac } from "@noble/hashes/hmac.js"
import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js"
import * as Redacted from "effect/Redacted"
import type { UsernamePassword } from "../Credentials.js"

/**
 * The name under which stores and metrics know an account.
 *
 * @internal
 */
export const accountKey = (baseUrl: string, account: string): string =>
  bytesToHex(sha256(utf8ToBytes(JSON.stringify([baseUrl, account]))))

/**
 * Credentials as a refused login is remembered by. The salt is there so that equal passwords of two accounts do not
 * look alike; it needs to be unique, not secret.
 *
 * @internal
 */
export const fingerprint = ({ password, username }: UsernamePassword, salt: string): string =>
  `${salt}:${
    bytesToHex(hmac(sha256, utf8ToBytes(salt), utf8ToBytes(JSON.stringify([username, Redacted.value(password)]))))
  }`

/** @internal */
export const matches = (credentials: UsernamePassword, remembered: string): boolean =>
  fingerprint(credentials, remembered.slice(0, Math.max(0, remembered.indexOf(":")))) === remembered
