/** An interrupted caller affects no other caller; the request belongs to the layer's scope. */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import { failureOf } from "../model/failures.js"
import type { LocalFacts } from "../model/LocalFacts.js"
import type { Facts } from "../model/Model.js"
import { longestRenewal, renewalTimeout, requestTimeout } from "../model/Terms.js"
import type { Rules } from "./Rules.js"

export const everywhere: Rules<Facts> = {
  sent: {
    "no request after the layer has closed": ({ provider: { phase } }) => phase !== "closed" && phase !== "killed"
  },
  firstTurn: {
    "a closed provider fails at once": ({ caller: { exit, start } }) => !start.isClosed || exit !== undefined,
    "an interrupted caller takes no token from the others": ({ isServed, servable }) =>
      isServed || servable !== "interrupted"
  },
  left: {
    "an interrupted caller interrupts no other": ({ caller, exit }) =>
      Exit.isSuccess(exit) || failureOf(exit) !== undefined
      || (caller.isInterrupted && Cause.isInterruptedOnly(exit.cause))
  },
  providerClosed: {
    "an open provider does not fail with ProviderClosed": ({ caller }) => caller.provider.phase !== "open"
  },
  failed: {
    "a closed provider fails with ProviderClosed": ({ caller }) => !caller.start.isClosed
  },
  closed: {
    "no request outlives the layer": ({ isInFlight }) => !isInFlight
  },
  over: {
    "a layer closes": ({ areClosed }) => areClosed,
    "no request outlives the layers": ({ inFlight }) => inFlight === 0
  }
}

export const local: Rules<LocalFacts> = {
  ended: {
    "only its timeouts and the layer end a request": ({ model, outcome, provider, request }) =>
      outcome._tag !== "aborted" || model.clock.elapsed - request.startedAt > requestTimeout - 1
      || model.isSinceStart(renewalTimeout, provider) || provider.phase !== "open"
      // When the renewal after a reset has begun cannot be seen.
      || model.clock.elapsed - provider.ownResetAt < 2 * longestRenewal
  }
}
