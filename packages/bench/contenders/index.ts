/**
 * The contenders that use Effect: the library, and the same work by hand. They are written for Effect 3 and generated for Effect 4, so
 * that a case can measure both in one run. The functions take and return plain values and promises only.
 */
export * from "./accounts.js"
export * from "./call.js"
export * from "./callers.js"
export * from "./load.js"
export * from "./read.js"
export * from "./renew.js"
export * from "./replay.js"
