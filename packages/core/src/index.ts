/**
 * An Effect client for the Jindouyun open platform: it obtains, caches and refreshes the access token, and calls report APIs
 * with it.
 *
 * @since 0.1.0
 */

/** Many accounts in one process. */
export * as Accounts from "./Accounts.js"
/** The account, read again whenever it is needed. */
export * as Credentials from "./Credentials.js"
/** AES-256-GCM with key rotation. */
export * as Encryption from "./Encryption.js"
/** A call as a value. */
export * as Endpoint from "./Endpoint.js"
/** Hints in English and Chinese. */
export * as Hint from "./Hint.js"
/** All services composed. */
export * as Jindouyun from "./Jindouyun.js"
/** All settings. */
export * as JindouyunConfig from "./JindouyunConfig.js"
/** Every way to fail. */
export * as JindouyunError from "./JindouyunError.js"
/** Calls with the token. */
export * as PlatformClient from "./PlatformClient.js"
/** The limit on retries. */
export * as RetryBudget from "./RetryBudget.js"
/** How long to wait before a retry. */
export * as RetryPolicy from "./RetryPolicy.js"
/** The return codes of the platform as data. */
export * as ReturnCode from "./ReturnCode.js"
/** The tokens and when they are fresh. */
export * as Token from "./Token.js"
/** The two requests of the platform's document. */
export * as TokenApi from "./TokenApi.js"
/** The access token of an account. */
export * as TokenProvider from "./TokenProvider.js"
/** The record that a store keeps, and how it is written. */
export * as TokenRecord from "./TokenRecord.js"
/** Stores, which keep a token pair when its provider closes. */
export * as TokenStore from "./TokenStore.js"
