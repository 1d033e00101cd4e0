/**
 * What can be done to a running server, as an `HttpApi` and an OpenAPI document.
 *
 * @since 0.1.0
 */
export * as ControlApi from "./ControlApi.js"

/**
 * What passes between the emulated platform and whatever carries its answers.
 *
 * @since 0.1.0
 */
export * as Delivery from "./Delivery.js"

/**
 * What can go wrong, as data.
 *
 * @since 0.1.0
 */
export * as Fault from "./Fault.js"

/**
 * What the emulated platform remembers of the requests that came.
 *
 * @since 0.1.0
 */
export * as Journal from "./Journal.js"

/**
 * The platform as an `HttpApi` and an OpenAPI document.
 *
 * @since 0.1.0
 */
export * as PlatformApi from "./PlatformApi.js"

/**
 * The calls that the access token is for.
 *
 * @since 0.1.0
 */
export * as Report from "./Report.js"

/**
 * The emulated platform, in memory. `@jindouyun/sandbox/SandboxServer` puts it on a socket of Node.
 *
 * @since 0.1.0
 */
export * as Sandbox from "./Sandbox.js"

/**
 * What every shared store has to do, for those who write their own.
 *
 * @since 0.1.0
 */
export * as StoreContract from "./StoreContract.js"
