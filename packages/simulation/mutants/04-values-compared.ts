import * as Equal from "effect/Equal"
import * as original from "../../core/src/internal/token/state.js"

export * from "../../core/src/internal/token/state.js"

export const invalidated: typeof original.invalidated = (rejected) => (state) => {
  const held = state.held?.pair.accessToken
  return held !== undefined && Equal.equals(held.value, rejected.value) ? original.invalidated(held)(state) : state
}
