import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import type { Incoming } from "../Delivery.js"
import type { Request } from "../Journal.js"
import { type Asked, requestAt } from "./asked.js"
import * as envelope from "./envelope.js"
import type { Ledger, Pair } from "./ledger.js"
import { readJson } from "./readJson.js"
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
  /** Masks a text of the client and cuts it, for the journal. */
  readonly mask: (text: string) => string
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
      Either.andThen(checkHeaders(asked.request, desk), readFields(asked.request.body, desk)),
      asked.endpoint === "acquire" ? acquisition(desk) : refresh(desk)
    ),
    {
      onLeft: ([kind, reason]) => envelope.refusal(settings, { code: settings.returnCodes[kind], asked, reason }),
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
      `the sandbox has no report at this path; its reports: ${listed([...settings.reports.keys()])}`
    )
    : envelope.refusal(settings, {
      code: settings.returnCodes.badParameter,
      asked,
      reason: `method ${asked.request.method}, expected POST`
    })
}

// A client may have a path with names, which looks like the path of its report.
const listed = (paths: ReadonlyArray<string>): string =>
  `${paths.join(", ") || "none"}${
    paths.some((path) => path.includes("/:")) ? "; a path must match exactly, so write a value in place of a :name" : ""
  }`

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

// Why a request is refused. The reason repeats no value of the client, and names of fields only masked.
type Verdict<A> = Either.Either<A, readonly [kind: keyof RefusalCodes, reason: string]>

const refused = (kind: keyof RefusalCodes, reason: string): Verdict<never> => Either.left([kind, reason])

const acquisition =
  ({ accounts, fresh, ledger, mask, now, settings }: TokenDesk) => (fields: Fields): Verdict<Pair> => {
    const { password, username, ...others } = fields
    const [unknown] = Object.keys(others)
    if (unknown !== undefined) {
      return refused("badParameter", `field ${mask(unknown)}, expected username and password`)
    }
    if (username === undefined || password === undefined) {
      return refused("badParameter", `field ${username === undefined ? "username" : "password"} missing`)
    }
    if (accounts.get(username) !== password) {
      return refused(
        "wrongCredentials",
        accounts.has(username) ? "the password is not that of the account" : "no account has this username"
      )
    }
    if (settings.revokeOnAcquire) {
      ledger.revokeAllOf(username, "is revoked by a later acquisition")
    }
    ledger.issue(fresh, username, settings, now)
    return Either.right(fresh)
  }

const refresh = ({ fresh, ledger, mask, now, settings }: TokenDesk) => (fields: Fields): Verdict<Pair> => {
  const names = settings.refreshTokenField === "either"
    ? ["refreshToken", "refresh_token"]
    : [settings.refreshTokenField]
  const expected = names.join(" or ")
  const sent = Object.entries(fields)
  const [unknown] = Object.keys(fields).filter((name) => !names.includes(name))
  const token = sent[0]?.[1]
  if (token === undefined || sent.length > 1 || unknown !== undefined) {
    const problem = unknown !== undefined
      ? `field ${mask(unknown)}, expected ${expected}`
      : token === undefined
      ? `field ${expected} missing`
      : `fields ${names.join(" and ")}, expected one of them`
    return refused("badParameter", problem)
  }
  const issued = ledger.byRefreshToken(token, now)
  if (issued === undefined) {
    return refused("invalidToken", `the refresh token ${ledger.whyInvalid("refreshToken", token, now)}`)
  }
  const { pair, username } = issued
  const early = ledger.byAccessToken(pair.accessToken, now) !== undefined
  if (early && settings.earlyRefresh === "refused") {
    return refused("earlyRefresh", "the access token is still valid, and earlyRefresh is refused")
  }
  if (early && settings.earlyRefresh === "samePair") {
    ledger.issue(pair, username, settings, now)
    return Either.right(pair)
  }
  if (settings.revokeOnRefresh) {
    ledger.revokeAllOf(username, "is revoked by a later refresh", token)
  }
  if (settings.refreshTokenUse === "once") {
    ledger.revoke(token, "is used already")
  }
  ledger.issue(fresh, username, settings, now)
  return Either.right(fresh)
}

// The content type of the document's table, or that of its examples, which has a space. The charset has no case.
const contentType = /^application\/json; ?charset=[Uu][Tt][Ff]-8$/

const checkHeaders = ({ headers }: Incoming, { mask }: Desk): Verdict<void> => {
  const { apiversion: version, "content-type": type } = headers
  return version !== wire.apiVersion
    ? refused("wrongApiVersion", `header APIVersion ${shown(version, mask)}, expected ${wire.apiVersion}`)
    : !contentType.test(type ?? "")
    ? refused("badParameter", `header Content-Type ${shown(type, mask)}, expected ${wire.contentType}`)
    : Either.void
}

const shown = (value: string | undefined, mask: Desk["mask"]): string => value === undefined ? "missing" : mask(value)

type Fields = { readonly [name: string]: string | undefined }

// Every body in the document is a JSON object of strings.
const readFields = (body: Uint8Array, { mask }: Desk): Verdict<Fields> => {
  if (body.byteLength === 0) {
    return refused("badParameter", "the body is empty, expected a JSON object")
  }
  return Either.flatMap(
    Either.mapLeft(readJson(body), () => ["badParameter", "the body is not JSON in UTF-8"] as const),
    (json) => {
      if (!Predicate.isReadonlyRecord(json)) {
        return refused("badParameter", "the body is not a JSON object")
      }
      const [wrong] = Object.entries(json).filter(([, value]) => !Predicate.isString(value))
      return wrong === undefined
        ? Either.right(json as Fields)
        : refused("badParameter", `field ${mask(wrong[0])} is ${kindOf(wrong[1])}, expected a text`)
    }
  )
}

const kindOf = (value: unknown): string =>
  value === null
    ? "null"
    : Array.isArray(value)
    ? "a list"
    : typeof value === "object"
    ? "an object"
    : `a ${typeof value}`
