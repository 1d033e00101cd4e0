/** No timer runs unless asked for (`layerKeepFresh`); none sleeps longer than an hour. */
import type { Facts } from "../model/Model.js"
import type { Rules } from "./Rules.js"

const hour = 3_600_000

export const everywhere: Rules<Facts> = {
  calm: {
    "no timer runs unasked": ({ sleepers }) => sleepers === 0
  },
  over: {
    "nothing is left running": ({ isIdle }) => isIdle,
    "no sleep is longer than an hour": ({ longestSleep }) => longestSleep <= hour
  }
}
