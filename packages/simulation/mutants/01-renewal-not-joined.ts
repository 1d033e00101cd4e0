import * as original from "../../core/src/internal/token/state.js"

export * from "../../core/src/internal/token/state.js"

export const decide: typeof original.decide = (...parameters) => {
  const decision = original.decide(...parameters)
  return decision._tag === "Await" ? { _tag: "Renew" } : decision
}
