import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as ReturnCode from "../ReturnCode.js"

/**
 * The disposition of a response. The code decides, except for an unknown code with HTTP 429 or 5xx: a request to slow down
 * and a failure of the server are no refusal.
 */
export const dispositionOf = (
  code: number,
  status: number,
  dispositions: ReturnCode.Dispositions
): ReturnCode.Disposition =>
  (status === 429 || status >= 500) && code !== ReturnCode.success && ReturnCode.lookup(code) === undefined &&
    !(code in dispositions)
    ? "retry"
    : ReturnCode.disposition(code, dispositions)

/** Reads dispositions as the environment has them, `41009=retry,40103=reauthenticate`. The left side is the problem. */
export const parseDispositions = (text: string): Either.Either<ReturnCode.Dispositions, string> => {
  const dispositions: { [code: number]: ReturnCode.FailureDisposition } = {}
  for (const entry of text.split(",")) {
    const match = /^\s*(0|[1-9][0-9]{0,8})\s*=\s*(retry|reauthenticate|fatal)\s*$/.exec(entry)
    if (match === null) {
      return Either.left("has an entry that is not code=disposition")
    }
    const code = Number(match[1])
    if (code in dispositions) {
      return Either.left(`sets ${code} twice`)
    }
    dispositions[code] = match[2] as ReturnCode.FailureDisposition
  }
  return checkDispositions(dispositions)
}

/** Rejects a disposition of `20000`, of a key that is no return code, or with an unknown name. */
export const checkDispositions = (
  dispositions: ReturnCode.Dispositions
): Either.Either<ReturnCode.Dispositions, string> => {
  for (const [code, value] of Object.entries(dispositions)) {
    if (!/^(0|[1-9][0-9]{0,8})$/.test(code)) {
      return Either.left("has a key that is not a return code of one to nine digits")
    }
    if (Number(code) === ReturnCode.success) {
      return Either.left(`sets a disposition for ${ReturnCode.success}, which is success`)
    }
    if (!Schema.is(ReturnCode.FailureDisposition)(value)) {
      return Either.left(`gives ${code} a disposition that does not exist`)
    }
  }
  return Either.right(dispositions)
}
