import * as original from "../../core/src/Token.js"

export * from "../../core/src/Token.js"

export const isUsable: typeof original.isUsable = (pair, now) => original.isUsable(pair, now, 0)
