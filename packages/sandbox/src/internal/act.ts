import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import type { Incoming } from "../Delivery.js"
import type { Request } from "../Journal.js"
import { type Asked, readJson, requestAt } from "./asked.js"
import * as envelope from "./envelope.js"
import type { Ledger, Pair } from "./ledger.js"
import * as report from "./report.js"
import type { RefusalCodes, Settings } from "./settings.js"
import * as wire from "./wire.js"

/**
 * The state on which the platform decides. A decision reads and changes the ledger.
 *
 * @internal
 */
export interface Desk {
  readonly settings: Settings
  readonly ledger: Ledger
  /** Passwords by username. */
  readonly accounts: ReadonlyMap<string, string>
  readonly now: number
}

interface TokenDesk extends Desk {
  readonly fresh: Pair
}

/**
 * Decides a token request as strictly as the document: refuses it with an envelope, or issues a pair. A new pair has
 * the values of `fresh`.
 *
 * @internal
 */
export const request = (asked: Asked & { readonly endpoint: Request }, desk: TokenDesk): envelope.Reply => {
  const { settings } = desk
  return Either.match(
    Either.flatMap(
      Either.andThen(checkHeaders(asked.request), readFields(asked.request.body)),
      asked.endpoint === "acquire" ? acquisition(desk) : refresh(desk)
    ),
    {
      onLeft: (kind) => envelope.refusal(settings, { code: settings.returnCodes[kind], asked }),
      onRight: (pair) => envelope.success(settings, pair)
    }
  )
}

/**
 * Decides any other request: answers a report call, and refuses the rest.
 *
 * @internal
 */
export const other = (asked: Asked, desk: Desk): envelope.Reply => {
  const { settings } = desk
  const { path } = asked.request
  const found = asked.endpoint === "report" ? settings.reports.get(path) : undefined
  if (found !== undefined) {
    return report.answer(asked, found, desk)
  }
  return requestAt(path) === undefined
    ? explained(
      asked,
      settings,
      404,
      `the sandbox has no report at this path; its reports: ${[...settings.reports.keys()].join(", ") || "none"}`
    )
    : envelope.refusal(settings, { code: settings.returnCodes.badParameter, asked })
}

/**
 * Refuses a request whose body the carrier did not read.
 *
 * @internal
 */
export const unread = (asked: Asked, { settings }: Desk, bodyProblem: string): envelope.Reply =>
  explained(asked, settings, 413, `the body ${bodyProblem}`)

// A refusal whose message gives the reason, because no platform would refuse it so.
const explained = (asked: Asked, settings: Settings, status: number, reason: string): envelope.Reply => {
  const code = settings.returnCodes.badParameter
  const message = settings.echo ? undefined : `${envelope.meaning(code)}: ${reason}`
  return envelope.refusal(settings, { code, status, asked, message, reason })
}

type Verdict<A> = Either.Either<A, keyof RefusalCodes>

const acquisition = ({ accounts, fresh, ledger, now, settings }: TokenDesk) => (fields: Fields): Verdict<Pair> => {
  const { password, username } = fields
  if (username === undefined || password === undefined || Object.keys(fields).length !== 2) {
    return Either.left("badParameter")
  }
  if (accounts.get(username) !== password) {
    return Either.left("wrongCredentials")
  }
  if (settings.revokeOnAcquire) {
    ledger.revokeAllOf(username)
  }
  ledger.issue(fresh, username, settings, now)
  return Either.right(fresh)
}

const refresh = ({ fresh, ledger, now, settings }: TokenDesk) => (fields: Fields): Verdict<Pair> => {
  const names = settings.refreshTokenField === "either"
    ? ["refreshToken", "refresh_token"]
    : [settings.refreshTokenField]
  const [name, ...others] = Object.keys(fields)
  const token = name !== undefined && others.length === 0 && names.includes(name) ? fields[name] : undefined
  if (token === undefined) {
    return Either.left("badParameter")
  }
  const issued = ledger.byRefreshToken(token, now)
  if (issued === undefined) {
    return Either.left("invalidToken")
  }
  const { pair, username } = issued
  const early = ledger.byAccessToken(pair.accessToken, now) !== undefined
  if (early && settings.earlyRefresh === "refused") {
    return Either.left("earlyRefresh")
  }
  if (early && settings.earlyRefresh === "samePair") {
    ledger.issue(pair, username, settings, now)
    return Either.right(pair)
  }
  if (settings.revokeOnRefresh) {
    ledger.revokeAllOf(username, token)
  }
  if (settings.refreshTokenUse === "once") {
    ledger.revoke(token)
  }
  ledger.issue(fresh, username, settings, now)
  return Either.right(fresh)
}

// The content type of the document's table, or that of its examples, which has a space. The charset has no case.
const contentType = /^application\/json; ?charset=[Uu][Tt][Ff]-8$/

const checkHeaders = ({ headers }: Incoming): Verdict<void> =>
  headers["apiversion"] !== wire.apiVersion
    ? Either.left("wrongApiVersion")
    : !contentType.test(headers["content-type"] ?? "")
    ? Either.left("badParameter")
    : Either.void

type Fields = { readonly [name: string]: string | undefined }

// Every body in the document is a JSON object of strings.
const readFields = (body: Uint8Array): Verdict<Fields> => {
  const json = readJson(body)
  return Either.isRight(json) && Predicate.isReadonlyRecord(json.right) && isFields(json.right)
    ? Either.right(json.right)
    : Either.left("badParameter")
}

const isFields = (record: { readonly [name: string]: unknown }): record is { readonly [name: string]: string } =>
  Object.values(record).every(Predicate.isString)
