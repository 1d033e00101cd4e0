import * as Cause from "effect/Cause"
import * as Either from "effect/Either"
import { toStringUnknown } from "effect/Inspectable"
import * as Predicate from "effect/Predicate"
import type { Report, ReportAnswer } from "../Report.js"
import { type Asked, readJson } from "./asked.js"
import * as envelope from "./envelope.js"
import type { Ledger } from "./ledger.js"
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
}): envelope.Reply => {
  const { settings } = desk
  const { body, headers, method, path } = asked.request
  const query = new URLSearchParams(asked.request.query)
  const token = settings.tokenPlacement === "header"
    ? headers[settings.tokenName.toLowerCase()]
    : takeOnly(query, settings.tokenName)
  const refused = (kind: keyof RefusalCodes) => envelope.refusal(settings, { code: settings.returnCodes[kind], asked })
  if (token === undefined || desk.ledger.byAccessToken(token, desk.now) === undefined) {
    return refused("invalidToken")
  }
  return Either.match(body.byteLength === 0 ? Either.right(undefined) : readJson(body), {
    onLeft: refused,
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
          return envelope.refusal(settings, { code: failed, asked, reason: `the report threw ${error}`, defect })
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
    throw new TypeError(`the answer ${problem}; expected { code?, message?, data?, status? }`)
  }
}

const problemOf = ({ code, data, message, status, ...others }: ReportAnswer): string | undefined => {
  const [unknown] = Object.keys(others)
  return unknown !== undefined
    ? `has the unknown field ${unknown}`
    : code !== undefined && !Number.isSafeInteger(code)
    ? "has a code that is not a whole number"
    : message !== undefined && !Predicate.isString(message)
    ? "has a message that is not a text"
    : status !== undefined && !(Number.isSafeInteger(status) && status >= 200 && status <= 599)
    ? "has a status that is not a whole number from 200 to 599"
    : data !== undefined && JSON.stringify(data) === undefined
    ? "has data that JSON cannot represent"
    : undefined
}

// A repeated parameter counts as missing. A repeated header is refused too, because its values arrive joined.
const takeOnly = (query: URLSearchParams, name: string): string | undefined => {
  const [value, ...others] = query.getAll(name)
  query.delete(name)
  return others.length === 0 ? value : undefined
}
