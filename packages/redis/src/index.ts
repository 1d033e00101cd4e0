/**
 * One token pair of the Jindouyun open platform for a fleet, kept in Redis.
 *
 * @since 0.1.0
 */

/**
 * The store.
 *
 * @since 0.1.0
 */
export * as RedisTokenStore from "./RedisTokenStore.js"
