import * as TokenApi from "@jindouyun/core/TokenApi"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import type { Incoming } from "../Delivery.js"
import type { Endpoint } from "../Journal.js"
import * as envelope from "./envelope.js"
import type { Ledger, Pair } from "./ledger.js"
import type { RefusalCodes, Settings } from "./settings.js"

/**
 * What the platform decides with: it reads and changes the ledger, and takes the values of a new pair from `fresh`.
 *
 * @internal
 */
export interface Desk {
  readonly settings: Settings
  readonly ledger: Ledger
  readonly now: number
  readonly fresh: Pair
}

/** @internal */
export const endpointOf = (method: string, path: string): Endpoint | undefined =>
  method !== "POST"
    ? undefined
    : path === TokenApi.acquirePath
    ? "acquire"
    : path === TokenApi.refreshPath
    ? "refresh"
    : undefined

/**
 * What the platform does with a request, as strict as its document: it refuses with an envelope, or issues a pair.
 *
 * @internal
 */
export const act = (request: Incoming, desk: Desk): envelope.Reply => {
  const { settings } = desk
  if (request.path !== TokenApi.acquirePath && request.path !== TokenApi.refreshPath) {
    return envelope.refusal(settings, { code: settings.returnCodes.badParameter, status: 404, sent: request.body })
  }
  return Either.match(exchange(request, desk), {
    onLeft: (kind) => envelope.refusal(settings, { code: settings.returnCodes[kind], sent: request.body }),
    onRight: (pair) => envelope.success(settings, pair)
  })
}

type Verdict<A> = Either.Either<A, keyof RefusalCodes>

const exchange = (request: Incoming, desk: Desk): Verdict<Pair> => {
  const endpoint = endpointOf(request.method, request.path)
  return endpoint === undefined
    ? Either.left("badParameter")
    : Either.flatMap(
      Either.andThen(checkHeaders(request), readFields(request.body)),
      endpoint === "acquire" ? login(desk) : refresh(desk)
    )
}

const login = ({ fresh, ledger, now, settings }: Desk) => (fields: Fields): Verdict<Pair> => {
  const { password, username } = fields
  if (username === undefined || password === undefined || Object.keys(fields).length !== 2) {
    return Either.left("badParameter")
  }
  if (username !== settings.username || password !== settings.password) {
    return Either.left("wrongCredentials")
  }
  if (settings.revokeOnLogin) {
    ledger.revokeAll()
  }
  ledger.issue(fresh, settings, now)
  return Either.right(fresh)
}

const refresh = ({ fresh, ledger, now, settings }: Desk) => (fields: Fields): Verdict<Pair> => {
  const names = settings.refreshTokenField === "either"
    ? ["refreshToken", "refresh_token"]
    : [settings.refreshTokenField]
  const [name, ...others] = Object.keys(fields)
  const token = name !== undefined && others.length === 0 && names.includes(name) ? fields[name] : undefined
  if (token === undefined) {
    return Either.left("badParameter")
  }
  const pair = ledger.byRefreshToken(token, now)
  if (pair === undefined) {
    return Either.left("invalidToken")
  }
  const early = ledger.byAccessToken(pair.accessToken, now) !== undefined
  if (early && settings.earlyRefresh === "refused") {
    return Either.left("earlyRefresh")
  }
  if (early && settings.earlyRefresh === "samePair") {
    ledger.issue(pair, settings, now)
    return Either.right(pair)
  }
  if (settings.revokeOnRefresh) {
    ledger.revokeAllBut(token)
  }
  if (settings.refreshTokenUse === "once") {
    ledger.revoke(token)
  }
  ledger.issue(fresh, settings, now)
  return Either.right(fresh)
}

// The table's value of the content type, or the examples' with a space; the name of a charset has no case.
const contentType = /^application\/json; ?charset=[Uu][Tt][Ff]-8$/

const checkHeaders = ({ headers }: Incoming): Verdict<void> =>
  headers["apiversion"] !== TokenApi.apiVersion
    ? Either.left("wrongApiVersion")
    : !contentType.test(headers["content-type"] ?? "")
    ? Either.left("badParameter")
    : Either.void

type Fields = { readonly [name: string]: string | undefined }

const decoder = new TextDecoder("utf-8", { fatal: true })

// A JSON object of strings and nothing else: that is every body in the document.
const readFields = (body: Uint8Array): Verdict<Fields> => {
  const json = Either.try((): unknown => JSON.parse(decoder.decode(body)))
  return Either.isRight(json) && Predicate.isReadonlyRecord(json.right) && isFields(json.right)
    ? Either.right(json.right)
    : Either.left("badParameter")
}

const isFields = (record: { readonly [name: string]: unknown }): record is { readonly [name: string]: string } =>
  Object.values(record).every(Predicate.isString)
