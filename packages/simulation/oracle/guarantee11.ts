/**
 * The early-refresh window and the expiry margin are each at most a quarter of the lifetime: a short lifetime cannot loop.
 */
import type { LocalFacts } from "../model/LocalFacts.js"
import type { Rules } from "./Rules.js"

export const local: Rules<LocalFacts> = {
  sent: {
    "no renewal before the window": ({ needless }) => needless !== "early"
  },
  settled: {
    "a renewal within the window": ({ model, provider }) => model.clock.elapsed <= provider.renewsBy
  }
}
