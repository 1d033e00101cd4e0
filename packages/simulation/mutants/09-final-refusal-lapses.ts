import * as original from "../../core/src/internal/token/recovery.js"
import { TransportFailure } from "../../core/src/JindouyunError.js"

export * from "../../core/src/internal/token/recovery.js"

const lapsing = new TransportFailure({ endpoint: "/api/access_token", reason: "other" })

export const hasLapsed: typeof original.hasLapsed = (refused, now, dispositions) =>
  original.hasLapsed({ ...refused, failure: lapsing }, now, dispositions)
