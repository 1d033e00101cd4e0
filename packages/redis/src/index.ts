/**
 * The token store of the Jindouyun open platform in Redis, for several processes.
 *
 * @since 0.1.0
 */

/**
 * A `TokenStore` in Redis.
 *
 * @since 0.1.0
 */
export * as RedisTokenStore from "./RedisTokenStore.js"
