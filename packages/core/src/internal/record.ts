// The functions on records that every provider needs. A program without a store leaves out the codecs.
import * as Arr from "effect/Array"
import * as Option from "effect/Option"
import { fromReturnCode, isRefusal, type TokenRequestError } from "../JindouyunError.js"
import type * as ReturnCode from "../ReturnCode.js"
import { dispositionOf } from "./dispositions.js"

/** The largest generation that a record can have. */
export const largestGeneration = 9e15

/** The record without the refusals whose return code is worth a retry by these dispositions. */
export const withDispositions = <
  Refused extends { readonly failure: TokenRequestError },
  Record extends {
    readonly refusedCredentials: Option.Option<Refused>
    readonly earlierRefusals: ReadonlyArray<Refused>
  }
>(record: Record, dispositions: ReturnCode.Dispositions): Record => {
  const inForce = (refused: Refused) => {
    const failure = checked(refused.failure, dispositions)
    return isRefusal(failure) ? Option.some({ ...refused, failure }) : Option.none()
  }
  return {
    ...record,
    refusedCredentials: Option.flatMap(record.refusedCredentials, inForce),
    earlierRefusals: Arr.getSomes(record.earlierRefusals.map(inForce))
  }
}

const checked = (failure: TokenRequestError, dispositions: ReturnCode.Dispositions): TokenRequestError => {
  if (!("code" in failure)) {
    return failure
  }
  const disposition = dispositionOf(failure.code, failure.status, dispositions)
  return disposition === "success" || disposition === failure.disposition
    ? failure
    : fromReturnCode({ ...failure, disposition })
}
