import { createHash } from "node:crypto"

/**
 * The name under which the library's stores know an account. It is not exported there; a test holds the two together.
 *
 * @internal
 */
export const accountKey = (baseUrl: string, username: string): string =>
  createHash("sha256").update(JSON.stringify([baseUrl, username])).digest("hex")
