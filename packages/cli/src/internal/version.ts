declare const JINDOUYUN_VERSION: string | undefined

/**
 * The version of the package, which the bundler inserts.
 *
 * @internal
 */
export const version = typeof JINDOUYUN_VERSION === "string" ? JINDOUYUN_VERSION : "0.0.0"
