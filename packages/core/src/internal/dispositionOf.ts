import * as ReturnCode from "../ReturnCode.js"

/**
 * The disposition of a response. The code decides, except for an unknown code with HTTP 429: a request to slow down is
 * no refusal.
 *
 * @internal
 */
export const dispositionOf = (
  code: number,
  status: number,
  dispositions: ReturnCode.Dispositions
): ReturnCode.Disposition =>
  status === 429 && code !== ReturnCode.success && ReturnCode.lookup(code) === undefined && !(code in dispositions)
    ? "retry"
    : ReturnCode.disposition(code, dispositions)
