/**
 * The access token of the Jindouyun open platform, for Effect programs.
 *
 * @since 0.1.0
 */

/**
 * @since 0.1.0
 */
export * as Credentials from "./Credentials.js"

/**
 * @since 0.1.0
 */
export * as Envelope from "./Envelope.js"

/**
 * @since 0.1.0
 */
export * as Jindouyun from "./Jindouyun.js"

/**
 * @since 0.1.0
 */
export * as JindouyunConfig from "./JindouyunConfig.js"

/**
 * @since 0.1.0
 */
export * as JindouyunError from "./JindouyunError.js"

/**
 * @since 0.1.0
 */
export * as RetryBudget from "./RetryBudget.js"

/**
 * @since 0.1.0
 */
export * as RetryPolicy from "./RetryPolicy.js"

/**
 * @since 0.1.0
 */
export * as ReturnCode from "./ReturnCode.js"

/**
 * @since 0.1.0
 */
export * as Token from "./Token.js"

/**
 * @since 0.1.0
 */
export * as TokenApi from "./TokenApi.js"

/**
 * @since 0.1.0
 */
export * as TokenProvider from "./TokenProvider.js"

/**
 * @since 0.1.0
 */
export * as TokenState from "./TokenState.js"

/**
 * @since 0.1.0
 */
export * as TokenStore from "./TokenStore.js"
