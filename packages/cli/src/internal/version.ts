declare const JINDOUYUN_VERSION: string | undefined

/**
 * The version of the package; the bundler knows it.
 *
 * @internal
 */
export const version = typeof JINDOUYUN_VERSION === "string" ? JINDOUYUN_VERSION : "0.0.0"
