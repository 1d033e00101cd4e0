/**
 * The access token of the Jindouyun open platform, for Effect programs.
 *
 * @since 0.1.0
 */

/**
 * Many accounts in one process.
 *
 * @since 0.1.0
 */
export * as Accounts from "./Accounts.js"

/**
 * The account, read whenever it is needed.
 *
 * @since 0.1.0
 */
export * as Credentials from "./Credentials.js"

/**
 * AES-256-GCM with key rotation.
 *
 * @since 0.1.0
 */
export * as Encryption from "./Encryption.js"

/**
 * A call as a value.
 *
 * @since 0.1.0
 */
export * as Endpoint from "./Endpoint.js"

/**
 * The whole, composed.
 *
 * @since 0.1.0
 */
export * as Jindouyun from "./Jindouyun.js"

/**
 * Every setting.
 *
 * @since 0.1.0
 */
export * as JindouyunConfig from "./JindouyunConfig.js"

/**
 * Every way to fail.
 *
 * @since 0.1.0
 */
export * as JindouyunError from "./JindouyunError.js"

/**
 * Calls that carry the token.
 *
 * @since 0.1.0
 */
export * as PlatformClient from "./PlatformClient.js"

/**
 * What retries are paid from.
 *
 * @since 0.1.0
 */
export * as RetryBudget from "./RetryBudget.js"

/**
 * How long to wait before a retry.
 *
 * @since 0.1.0
 */
export * as RetryPolicy from "./RetryPolicy.js"

/**
 * The return codes of the platform as data.
 *
 * @since 0.1.0
 */
export * as ReturnCode from "./ReturnCode.js"

/**
 * The tokens, and the arithmetic of their freshness.
 *
 * @since 0.1.0
 */
export * as Token from "./Token.js"

/**
 * The two requests of the platform's document.
 *
 * @since 0.1.0
 */
export * as TokenApi from "./TokenApi.js"

/**
 * The access token of an account, always right.
 *
 * @since 0.1.0
 */
export * as TokenProvider from "./TokenProvider.js"

/**
 * What a store remembers, and how it is written.
 *
 * @since 0.1.0
 */
export * as TokenRecord from "./TokenRecord.js"

/**
 * Where a pair outlives the process.
 *
 * @since 0.1.0
 */
export * as TokenStore from "./TokenStore.js"
