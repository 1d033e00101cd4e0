import * as Either from "effect/Either"
import type { Report } from "../Report.js"
import { type Asked, readJson } from "./asked.js"
import * as envelope from "./envelope.js"
import type { Ledger } from "./ledger.js"
import { codeOf, type RefusalCodes, type Settings } from "./settings.js"

/**
 * What the platform does with a report call: it asks for an access token it knows and for JSON, if there is a body at
 * all. The rest is the report's.
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
        // The answer is a stranger's as well: writing it can fail, too.
        Either.try(() =>
          envelope.report(settings, asked, report({ method, path, query: Object.fromEntries(query), body }))
        ),
        () => envelope.refusal(settings, { code: failed, asked })
      )
  })
}

const failed = codeOf("ServerFailure")

// Sent twice it is none, as a header would be whose two values came joined.
const takeOnly = (query: URLSearchParams, name: string): string | undefined => {
  const [value, ...others] = query.getAll(name)
  query.delete(name)
  return others.length === 0 ? value : undefined
}
