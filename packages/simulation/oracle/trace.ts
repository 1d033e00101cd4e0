import type { TokenError } from "@jindouyun/core/JindouyunError"
import type { AccessToken } from "@jindouyun/core/Token"
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { failureOf, nextTryAtOf, signOf } from "../model/failures.js"
import { valueOf } from "../model/Fleet.js"
import type { Outcome, Request } from "../world/Platform.js"
import type { Access } from "../world/RemoteStore.js"

export const describeExit = (exit: Exit.Exit<AccessToken, TokenError>): string => {
  if (Exit.isSuccess(exit)) {
    return `gets ${Redacted.value(exit.value.value)} (generation ${exit.value.generation})`
  }
  const failure = failureOf(exit)
  if (failure === undefined) {
    return `fails: ${Cause.isInterruptedOnly(exit.cause) ? "interrupted" : String(exit)}`
  }
  const nextTryAt = nextTryAtOf(failure)
  const until = nextTryAt === undefined ? "" : `, next try at ${nextTryAt}`
  return `fails: ${failure._tag} ${signOf(failure)} (${failure.delivery}${until})`
}

export const describeRequest = ({ account, id, kind, provider, token }: Request): string =>
  `request ${id} of provider ${provider}: ${kind} with ${token ?? account?.password}`

export const describeOutcome = (outcome: Outcome): string => {
  switch (outcome._tag) {
    case "success":
      return outcome.pair.access
    case "refused":
      return `refused, ${outcome.sign}`
    case "failed":
      return `failed, ${outcome.delivery}${outcome.retryAfter > 0 ? `, Retry-After ${outcome.retryAfter} ms` : ""}`
    case "aborted":
      return "aborted"
  }
}

export const describeAccess = ({ fence, operation, provider, record }: Access): string => {
  const lease = fence === undefined ? "" : `, lease ${fence}`
  if (record === undefined) {
    return `${operation} of provider ${provider}${lease}`
  }
  const refusal = Option.isSome(record.refusedCredentials) ? " and a refusal" : ""
  const earlier = record.earlierRefusals.length === 0 ? "" : ` and ${record.earlierRefusals.length} earlier ones`
  const content = `generation ${record.generation}: ${valueOf(record) ?? "no pair"}${refusal}${earlier}`
  return `${operation} of provider ${provider}${lease}, ${content}`
}
