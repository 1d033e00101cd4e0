import * as Either from "effect/Either"
import type { Report } from "../Report.js"
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
        Either.try(() =>
          envelope.report(settings, asked, report({ method, path, query: Object.fromEntries(query), body }))
        ),
        () => envelope.refusal(settings, { code: failed, asked })
      )
  })
}

const failed = codeOf("ServerFailure")

// A repeated parameter counts as missing. A repeated header is refused too, because its values arrive joined.
const takeOnly = (query: URLSearchParams, name: string): string | undefined => {
  const [value, ...others] = query.getAll(name)
  query.delete(name)
  return others.length === 0 ? value : undefined
}
