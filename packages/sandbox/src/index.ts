/**
 * The API that controls a running server, as an `HttpApi` and an OpenAPI document.
 *
 * @since 0.1.0
 */
export * as ControlApi from "./ControlApi.js"

/**
 * The errors of the control API.
 *
 * @since 0.1.0
 */
export * as ControlError from "./ControlError.js"

/**
 * The interface between the emulated platform and what transports its answers.
 *
 * @since 0.1.0
 */
export * as Delivery from "./Delivery.js"

/**
 * Faults between the platform and its client, as data.
 *
 * @since 0.1.0
 */
export * as Fault from "./Fault.js"

/**
 * The record that the platform keeps of its requests.
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
 * Report calls, the calls that need the access token.
 *
 * @since 0.1.0
 */
export * as Report from "./Report.js"

/**
 * The emulated platform, in memory. `@jindouyun/sandbox/SandboxServer` serves it on a socket of Node.
 *
 * @since 0.1.0
 */
export * as Sandbox from "./Sandbox.js"

/**
 * The contract of `TokenStore` as test cases, for authors of a custom store.
 *
 * @since 0.1.0
 */
export * as StoreContract from "./StoreContract.js"
