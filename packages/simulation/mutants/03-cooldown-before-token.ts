import * as original from "../../core/src/internal/token/state.js"

export * from "../../core/src/internal/token/state.js"

export const decide: typeof original.decide = (state, now, policy, forced) =>
  original.nextTryAt(state, now) === undefined
    ? original.decide(state, now, policy, forced)
    : original.decide({ ...state, held: undefined }, now, policy, forced)
