import * as original from "../../core/src/Token.js"

export * from "../../core/src/Token.js"

export const isDue: typeof original.isDue = (pair, now) => original.isDue(pair, now, 30 * 60_000)
