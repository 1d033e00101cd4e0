import type * as original from "../../core/src/Token.js"

export * from "../../core/src/Token.js"

export const isPending: typeof original.isPending = (_since, until, now) => now < until
