import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import { toStringUnknown } from "effect/Inspectable"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type { Incoming } from "../Delivery.js"
import type { Report, ReportAnswer } from "../Report.js"
import type { Asked } from "./asked.js"
import * as envelope from "./envelope.js"
import type { Ledger } from "./ledger.js"
import { readJson } from "./readJson.js"
import { codeOf, type RefusalCodes, type Settings } from "./settings.js"

/**
 * Decides a report call. The platform requires a valid access token and, if there is a body, JSON; the report computes
 * the answer.
 *
 * @internal
 */
export const answer = (asked: Asked, report: Report, desk: {
  readonly settings: Settings
  readonly ledger: Ledger
  readonly now: number
  readonly mask: (text: string) => string
}): envelope.Reply => {
  const { settings } = desk
  const { body, headers, method, path } = asked.request
  const query = new URLSearchParams(asked.request.query)
  const sent = settings.tokenPlacement === "header"
    ? [headers[settings.tokenName.toLowerCase()] ?? []].flat()
    : takeAll(query, settings.tokenName)
  const [token, ...others] = sent
  const refused = (kind: keyof RefusalCodes, reason: string) =>
    envelope.refusal(settings, { code: settings.returnCodes[kind], asked, reason })
  if (token === undefined || others.length > 0) {
    return refused("invalidToken", misplaced(asked.request, settings, sent.length))
  }
  if (desk.ledger.byAccessToken(token, desk.now) === undefined) {
    return refused("invalidToken", `the access token ${desk.ledger.whyInvalid("accessToken", token, desk.now)}`)
  }
  return Either.match(body.byteLength === 0 ? Either.right(undefined) : readJson(body), {
    onLeft: (kind) => refused(kind, "the body is not JSON in UTF-8"),
    onRight: (body) =>
      Either.getOrElse(
        // The report is code of the user: it may throw, and its answer may not be encodable.
        Either.try({
          try: () => {
            const answer = report({ method, path, query: Object.fromEntries(query), body })
            check(answer)
            return envelope.report(settings, asked, answer)
          },
          catch: (thrown) => thrown
        }),
        (thrown) => {
          const error = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : toStringUnknown(thrown)
          const defect = Cause.die(thrown)
          return envelope.refusal(settings, {
            code: failed,
            asked,
            reason: desk.mask(`the report threw ${error}`),
            defect
          })
        }
      )
  })
}

const failed = codeOf("ServerFailure")

// The types exclude these answers; a program in JavaScript or a cast does not.
const check = (answer: ReportAnswer): void => {
  const problem = !Predicate.isReadonlyRecord(answer)
    ? "is not an object"
    : Predicate.isPromiseLike(answer)
    ? "is a promise: a report must answer at once"
    : problemOf(answer)
  if (problem !== undefined) {
    throw new TypeError(`the answer ${problem}; expected { code?, message?, data?, status?, delay? }`)
  }
}

const problemOf = ({ code, data, delay, message, status, ...others }: ReportAnswer): string | undefined => {
  const [unknown] = Object.keys(others)
  return unknown !== undefined
    ? `has the unknown field ${unknown}`
    : code !== undefined && !Number.isSafeInteger(code)
    ? "has a code that is not a whole number"
    : message !== undefined && !Predicate.isString(message)
    ? "has a message that is not a text"
    : status !== undefined && !(Number.isSafeInteger(status) && status >= 200 && status <= 599)
    ? "has a status that is not a whole number from 200 to 599"
    : delay !== undefined && Option.isNone(Duration.decodeUnknown(delay))
    ? "has a delay that is not a duration"
    : data !== undefined && JSON.stringify(data) === undefined
    ? "has data that JSON cannot represent"
    : undefined
}

// A repeated parameter is refused. A repeated header is refused too, because its values arrive joined.
const takeAll = (query: URLSearchParams, name: string): ReadonlyArray<string> => {
  const values = query.getAll(name)
  query.delete(name)
  return values
}

// The names under which clients send a token by mistake. Only a name is repeated, never a value.
const misplaced = ({ headers, query }: Incoming, settings: Settings, count: number): string => {
  const { tokenName, tokenPlacement } = settings
  const place = tokenPlacement === "header" ? "header" : "query parameter"
  const parameters = new URLSearchParams(query)
  const names = [...new Set([tokenName, "accessToken", "access_token", "token"])]
  const found = count > 0
    ? `${place} ${tokenName} ${count} times`
    : [
      ...names.filter((name) => headers[name.toLowerCase()] !== undefined).map((name) => `header ${name}`),
      ...names.filter((name) => parameters.has(name)).map((name) => `query parameter ${name}`),
      ...headers["authorization"] === undefined ? [] : ["header Authorization"]
    ][0] ?? `${place} ${tokenName} missing`
  return `${found}, expected ${place} ${tokenName}${count > 0 ? " once" : ""}`
}
