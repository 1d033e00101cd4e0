import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Agent } from "@effect/platform-node/Undici"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Fault from "@jindouyun/sandbox/Fault"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { ServerResponse } from "node:http"
import { pipeline, Readable } from "node:stream"
import { gzipSync } from "node:zlib"
import type * as JindouyunConfig from "../../src/JindouyunConfig.js"
import type { ActName } from "./cell.js"
import * as Stage from "./stage.js"

/** The clients every row is played to. */
export const clients: { readonly [name: string]: Stage.Client } = {
  fetch: FetchHttpClient.layer,
  undici: NodeHttpClient.layerUndici,
  node: NodeHttpClient.layer
}

/**
 * What is expected of each act. Requests as they reach a server: `L` an acquisition, `R` a refresh, `–` none. Then `token`, or
 * `✗`, the failure of the one request, and what a reader meets afterwards: `served` the token there was, `cooling` or
 * `credentialsRefused`.
 */
export type Course = { readonly [Name in Exclude<ActName, "requests">]: string }

/** What is expected of a row, from the documents. */
export interface Expectation {
  /** Of one request: tag, reason or code, delivery, disposition. */
  readonly request: string
  /** Whether its request reaches a server. */
  readonly arrives?: boolean
  readonly course: Course
}

/** A way to break, and what is expected of it. */
export interface Row extends Expectation {
  readonly group: string
  readonly title: string
  readonly trouble: Stage.Trouble
  readonly settings?: JindouyunConfig.Options
  /** Spends its time waiting: played at the same time as all others that do. */
  readonly waits?: true
  /** Where clients truly differ: what is expected of this one, and why. */
  readonly except?: { readonly [client: string]: Expectation & { readonly why: string } }
  /** What else a reader should know. */
  readonly note?: string
  /** Clients of its own, where the usual ones cannot get into this trouble in time. */
  readonly clients?: { readonly [name: string]: Stage.Client }
  /** Bounds of what `Retry-After` is read as, in milliseconds. */
  readonly retryAfter?: readonly [number, number]
  /** The least pause between the first two requests of a renewal, in milliseconds. */
  readonly pause?: number
}

const course = (
  acquire: readonly [once: string, always: string],
  needed: readonly [once: string, always: string, everywhere: string],
  forced: readonly [once: string, always: string]
): Course => ({
  "acquire, once": acquire[0],
  "acquire, always": acquire[1],
  "needed refresh, once": needed[0],
  "needed refresh, always": needed[1],
  "needed refresh, everywhere": needed[2],
  "forced refresh, once": forced[0],
  "forced refresh, always": forced[1]
})

/** Nothing is wrong. */
const harmless = course(["L token", "L token"], ["R token", "R token", "R token"], ["R token", "R token"])

/** Guarantee 8: what was lost is asked for again, four requests in all and two refreshes, then an acquisition, also before expiry. */
const lost = course(
  ["LL token", "LLLL ✗, cooling"],
  ["RR token", "RRL token", "RRLL ✗, cooling"],
  ["RR token", "RRL token"]
)

/** Guarantee 8, too: the platform has acted, and the refresh token is spent; its refusal leads to an acquisition. */
const spent: Course = { ...lost, "needed refresh, once": "RRL token", "forced refresh, once": "RRL token" }

/** Guarantees 3 and 7: an answer leaves no doubt; a refresh is not pressed while a token can be served. */
const answered: Course = { ...lost, "forced refresh, always": "RR ✗, served" }

/** Guarantees 7 and 9: refused credentials are remembered, a refused refresh turns into an acquisition only where no token can be served. */
const refused = course(
  ["L ✗, credentialsRefused", "L ✗, credentialsRefused"],
  ["RL token", "RL token", "RL ✗, credentialsRefused"],
  ["R ✗, served", "R ✗, served"]
)

/** An answer that is whole but wrong will be wrong again: no retry. That the platform may have acted leads to an acquisition (guarantee 8). */
const wrong = course(
  ["L ✗, cooling", "L ✗, cooling"],
  ["RL token", "RL token", "RL ✗, cooling"],
  ["RL token", "RL token"]
)

/** Something in front of the platform does not know the way: no retry, no doubt about the refresh token. */
const astray: Course = { ...wrong, "forced refresh, once": "R ✗, served", "forced refresh, always": "R ✗, served" }

/** Proven unsent: tried again, and the refresh token is as good as before; an acquisition would not get through either. */
const unsent = course(
  ["L token", "– ✗, cooling, 4 attempts"],
  ["R token", "– ✗, cooling, 4 attempts", "– ✗, cooling, 4 attempts"],
  ["R token", "– ✗, served, 4 attempts"]
)

/** Proven unsent, and nothing that asking again would mend. */
const barred = course(
  ["– ✗, cooling, 1 attempt", "– ✗, cooling, 1 attempt"],
  ["– ✗, cooling, 1 attempt", "– ✗, cooling, 1 attempt", "– ✗, cooling, 1 attempt"],
  ["– ✗, served, 1 attempt", "– ✗, served, 1 attempt"]
)

/** Not proven unsent, though no server sees it: as `lost`, but for what arrives. */
const lostOnTheWay = course(
  ["L token", "– ✗, cooling, 4 attempts"],
  ["R token", "L token", "– ✗, cooling, 4 attempts"],
  ["R token", "L token"]
)

/** Guarantee 10: `Retry-After` reaches beyond the deadline, and ends the renewal at once, before any login. */
const sentAway = course(
  ["L ✗, cooling", "L ✗, cooling"],
  ["R ✗, cooling", "R ✗, cooling", "R ✗, cooling"],
  ["R ✗, served", "R ✗, served"]
)

/** Guarantee 10: `Retry-After` is waited for within the deadline, once; a second time it would end beyond it. */
const waitedOnce = course(
  ["LL token", "LL ✗, cooling"],
  ["RR token", "RR ✗, cooling", "RR ✗, cooling"],
  ["RR token", "RR ✗, served"]
)

const transport = (reason: string, delivery: string, disposition: string) =>
  `TransportFailure ${reason}, ${delivery}, ${disposition}`

const unexpected = (reason: string, disposition: string) => `UnexpectedResponse ${reason}, ambiguous, ${disposition}`

const envelope = (code: unknown, data?: unknown) => JSON.stringify({ code, message: "", data })

const pair = { accessToken: "a".repeat(32), refreshToken: "r".repeat(32) }

const text = (body: string) => Stage.sandbox(() => Fault.rawBody(body))

/** Short enough for what never ends, long enough for what is well on a busy machine. */
const impatient: JindouyunConfig.Options = { requestTimeout: "400 millis" }

const code = (code: number, tag: string, disposition: string, status?: number): Omit<Row, "group" | "course"> => ({
  title: `return code ${code}${status === undefined ? "" : ` with HTTP ${status}`}`,
  trouble: Stage.sandbox(() => Fault.refuse({ code, status })),
  request: `${tag} ${code}${status === undefined ? "" : ` (HTTP ${status})`}, answered, ${disposition}`
})

const codes: ReadonlyArray<Omit<Row, "group">> = [
  { ...code(30005, "ApiVersionRejected", "fatal"), course: refused },
  { ...code(40000, "InvalidParameter", "fatal"), course: refused },
  { ...code(40001, "AuthenticationFailed", "fatal"), course: refused },
  { ...code(40001, "AuthenticationFailed", "fatal", 401), course: refused },
  { ...code(40003, "TokenRejected", "reauthenticate"), course: refused },
  { ...code(50000, "ServerFailure", "retry"), course: answered },
  { ...code(50000, "ServerFailure", "retry", 500), course: answered },
  { ...code(50001, "UnknownServerFailure", "retry"), course: answered },
  { ...code(41009, "UnrecognizedReturnCode", "fatal"), course: refused },
  { ...code(41009, "UnrecognizedReturnCode", "retry", 429), course: answered },
  { ...code(58765, "UnrecognizedReturnCode", "retry"), course: answered },
  {
    title: "return code 50000 with `Retry-After` in seconds, within the deadline",
    trouble: Stage.sandbox(() => Fault.rawBody(envelope(50000), { headers: { "Retry-After": "1" } })),
    settings: { renewalTimeout: "1900 millis" },
    waits: true,
    request: "ServerFailure 50000, answered, retry",
    course: waitedOnce,
    retryAfter: [1000, 1000],
    pause: 1000
  }
]

const status = (status: number, disposition: string): Omit<Row, "group" | "course"> => ({
  title: `HTTP ${status} without a body`,
  trouble: Stage.sandbox(() => Fault.status(status)),
  request: unexpected(`status (HTTP ${status})`, disposition)
})

const inAnHour = () => DateTime.unsafeMake(Date.now() + 3_600_000)

/** A date has whole seconds: one that is to be at least a second away. */
const soon = () => DateTime.unsafeMake(Math.ceil(Date.now() / 1000 + 1) * 1000)

const statuses: ReadonlyArray<Omit<Row, "group">> = [
  {
    title: "HTTP 204",
    trouble: Stage.sandbox(() => Fault.status(204)),
    request: unexpected("notEnvelope (HTTP 204)", "retry"),
    course: lost
  },
  { ...status(400, "fatal"), course: astray },
  { ...status(401, "fatal"), course: refused },
  { ...status(403, "fatal"), course: refused },
  { ...status(404, "fatal"), course: astray },
  { ...status(408, "retry"), course: lost },
  { ...status(425, "retry"), course: lost },
  { ...status(429, "retry"), course: lost },
  { ...status(503, "retry"), course: lost },
  {
    title: "HTTP 502 with a page of HTML",
    trouble: Stage.sandbox(() => Fault.html502),
    request: unexpected("status (HTTP 502)", "retry"),
    course: lost
  },
  {
    title: "HTTP 502 with a page of HTML, after the platform has acted",
    trouble: Stage.sandbox(() => Fault.withActing(Fault.html502, true)),
    request: unexpected("status (HTTP 502)", "retry"),
    course: spent
  },
  {
    title: "HTTP 503, `Retry-After` in seconds, within the deadline",
    trouble: Stage.sandbox(() => Fault.status(503, { retryAfter: 1 })),
    settings: { renewalTimeout: "1900 millis" },
    waits: true,
    request: unexpected("status (HTTP 503)", "retry"),
    course: waitedOnce,
    retryAfter: [1000, 1000],
    pause: 1000
  },
  {
    title: "HTTP 503, `Retry-After` in seconds, beyond the deadline",
    trouble: Stage.sandbox(() => Fault.status(503, { retryAfter: 3000 })),
    request: unexpected("status (HTTP 503)", "retry"),
    course: sentAway,
    retryAfter: [3_000_000, 3_000_000]
  },
  {
    title: "HTTP 503, `Retry-After` as a date, within the deadline; after that date no attempt waits",
    trouble: Stage.sandbox(() => Fault.status(503, { retryAfter: soon() })),
    waits: true,
    request: unexpected("status (HTTP 503)", "retry"),
    course: lost,
    retryAfter: [0, 2000],
    pause: 950
  },
  {
    title: "HTTP 429, `Retry-After` as a date, beyond the deadline",
    trouble: Stage.sandbox(() => Fault.status(429, { retryAfter: inAnHour() })),
    request: unexpected("status (HTTP 429)", "retry"),
    course: sentAway,
    retryAfter: [3_590_000, 3_600_000]
  }
]

const redirects: ReadonlyArray<Omit<Row, "group">> = [
  ...[301, 302, 303, 307, 308].map((status) => ({
    title: `HTTP ${status} to another origin, which sees nothing`,
    trouble: Stage.besides((origin) => Fault.redirect(status, `${origin}/api/access_token`)),
    request: unexpected(`redirect (HTTP ${status})`, "fatal"),
    course: astray
  })),
  {
    title: "HTTP 307 to the same origin",
    trouble: Stage.sandbox(() => Fault.redirect(307, "/api/access_token")),
    request: unexpected("redirect (HTTP 307)", "fatal"),
    course: astray
  }
]

const connections: ReadonlyArray<Omit<Row, "group">> = [
  {
    title: "a port without a listener",
    trouble: Stage.elsewhere(Stage.refusedPort),
    request: transport("refused", "unsent", "retry"),
    arrives: false,
    course: unsent
  },
  {
    title: "a name that does not resolve",
    trouble: Stage.elsewhere(Stage.unknownName),
    request: transport("nameNotFound", "unsent", "retry"),
    arrives: false,
    course: unsent
  },
  {
    title: "TLS to a port that speaks plain HTTP",
    trouble: Stage.elsewhere(Stage.plainPort),
    request: transport("tls", "ambiguous", "retry"),
    arrives: false,
    course: lostOnTheWay
  },
  {
    title: "a certificate of an unknown authority",
    trouble: Stage.elsewhere(Stage.selfSigned),
    request: transport("tls", "unsent", "fatal"),
    arrives: false,
    course: barred
  },
  {
    title: "a connection that ends while it is being secured",
    trouble: Stage.elsewhere(Stage.closedHandshake),
    request: transport("reset", "ambiguous", "retry"),
    arrives: false,
    course: lostOnTheWay
  },
  {
    title: "a connection that is never made, ended by the request timeout",
    trouble: Stage.elsewhere(Stage.fullQueue),
    settings: impatient,
    waits: true,
    note:
      "undici and fetch continue to connect until their own timeout of ten seconds; connections are counted after that time",
    request: transport("timeout", "ambiguous", "retry"),
    arrives: false,
    course: lostOnTheWay
  },
  {
    title: "a connection that is never made, ended by the client",
    trouble: Stage.elsewhere(Stage.fullQueue),
    waits: true,
    clients: {
      "undici with a connect timeout": NodeHttpClient.layerUndiciWithoutDispatcher.pipe(
        Layer.provide(Layer.scoped(
          NodeHttpClient.Dispatcher,
          Effect.acquireRelease(
            Effect.sync(() => new Agent({ connect: { timeout: 100 } })),
            (agent) => Effect.promise(() => agent.destroy())
          )
        ))
      )
    },
    request: transport("connectTimeout", "unsent", "retry"),
    arrives: false,
    course: unsent
  },
  {
    title: "a server that takes every request and answers none",
    trouble: Stage.elsewhere(Stage.blackHole),
    settings: impatient,
    waits: true,
    request: transport("timeout", "ambiguous", "retry"),
    course: lost
  },
  {
    title: "a reset before the platform has acted",
    trouble: Stage.sandbox(() => Fault.resetBeforeActing),
    request: transport("reset", "ambiguous", "retry"),
    course: lost
  },
  {
    title: "a reset after the platform has acted",
    trouble: Stage.sandbox(() => Fault.resetAfterActing),
    request: transport("reset", "ambiguous", "retry"),
    course: spent
  },
  {
    title: "a connection closed without a response, after the platform has acted",
    trouble: Stage.wire((_, { socket }) => socket?.end()),
    request: transport("reset", "ambiguous", "retry"),
    course: spent
  },
  {
    title: "an answer that is no HTTP, after the platform has acted",
    trouble: Stage.wire((_, { socket }) => socket?.end("20000 OK\r\n\r\n")),
    request: transport("other", "ambiguous", "retry"),
    course: spent
  },
  {
    title: "an answer that is late, but in time",
    trouble: Stage.sandbox(() => Fault.delay("20 millis")),
    request: "token",
    course: harmless
  },
  {
    title: "an answer that is too late, the platform acts first",
    trouble: Stage.sandbox(() => Fault.delay("1 hour")),
    settings: impatient,
    waits: true,
    request: transport("timeout", "ambiguous", "retry"),
    course: spent
  },
  {
    title: "an answer that is too late, the platform acts last",
    trouble: Stage.sandbox(() => Fault.delay("1 hour", { acts: "last" })),
    settings: impatient,
    waits: true,
    request: transport("timeout", "ambiguous", "retry"),
    course: lost
  }
]

function* spaces(head: Uint8Array, bytes: number) {
  yield head
  const chunk = Buffer.alloc(65_536, " ")
  for (let left = bytes - head.byteLength; left > 0; left -= chunk.byteLength) {
    yield chunk.subarray(0, Math.min(chunk.byteLength, left))
  }
}

const stream = (body: Iterable<Uint8Array>, response: ServerResponse) =>
  pipeline(Readable.from(body), response, () => {})

const bodies: ReadonlyArray<Omit<Row, "group">> = [
  {
    title: "a body at a byte a second",
    trouble: Stage.sandbox(() => Fault.slowBody),
    settings: impatient,
    waits: true,
    request: transport("timeout", "ambiguous", "retry"),
    course: spent
  },
  ...[0, 20].map((bytes) => ({
    title: `a body cut after ${bytes} bytes`,
    trouble: Stage.sandbox(() => Fault.truncate(bytes)),
    request: unexpected("truncated", "retry"),
    course: spent
  })),
  {
    title: "a chunked body that is cut",
    trouble: Stage.wire(({ body }, response) => {
      response.writeHead(200).write(body.subarray(0, 20))
      response.socket?.destroySoon()
    }),
    request: unexpected("truncated", "retry"),
    course: spent
  },
  {
    title: "no body",
    trouble: Stage.sandbox(() => Fault.withActing(Fault.empty, false)),
    request: unexpected("notEnvelope", "retry"),
    course: lost
  },
  {
    title: "no body, after the platform has acted",
    trouble: Stage.sandbox(() => Fault.empty),
    request: unexpected("notEnvelope", "retry"),
    course: spent
  },
  {
    title: "GBK where UTF-8 was declared",
    trouble: Stage.sandbox(() => Fault.withActing(Fault.invalidUtf8, false)),
    request: unexpected("notText", "retry"),
    course: lost
  },
  {
    title: "GBK where UTF-8 was declared, after the platform has acted",
    trouble: Stage.sandbox(() => Fault.invalidUtf8),
    request: unexpected("notText", "retry"),
    course: spent
  },
  {
    title: "gzip, although the request asks for identity",
    trouble: Stage.wire(({ body, headers, status }, response) =>
      response.writeHead(status, { ...headers, "content-encoding": "gzip" }).end(gzipSync(body))
    ),
    request: unexpected("notText", "fatal"),
    course: wrong,
    except: {
      fetch: {
        request: "token",
        course: harmless,
        why: "fetch decompresses every response, also if the request asks for identity"
      }
    }
  },
  {
    title: "the true answer within 3 MB",
    trouble: Stage.sandbox(() => Fault.oversized(3_000_000)),
    request: unexpected("tooLarge", "fatal"),
    course: wrong
  },
  {
    title: "the true answer within 64 MiB",
    trouble: Stage.wire(({ body, headers, status }, response) => {
      response.writeHead(status, { ...headers, "content-length": 2 ** 26 })
      stream(spaces(body, 2 ** 26), response)
    }),
    request: unexpected("tooLarge", "fatal"),
    course: wrong
  },
  {
    title: "a body without an end",
    trouble: Stage.wire(({ body, headers, status }, response) => {
      response.writeHead(status, headers)
      stream(spaces(body, Infinity), response)
    }),
    request: unexpected("tooLarge", "fatal"),
    course: wrong
  }
]

// To read so deep an answer takes long, and no client has a part in it.
const undici = { undici: NodeHttpClient.layerUndici }

const nested = `${"[".repeat(200_000)}${"]".repeat(200_000)}`

const envelopes: ReadonlyArray<Omit<Row, "group">> = [
  ...(["numbers", "nulls", "empty", "missing", "notObject"] as const).map((types) => ({
    title: {
      numbers: "tokens that are numbers",
      nulls: "tokens that are `null`",
      empty: "tokens that are empty",
      missing: "`data` without tokens",
      notObject: "`data` that is a string"
    }[types],
    trouble: Stage.sandbox(() => Fault.wrongTypes(types)),
    request: unexpected("invalidData", "fatal"),
    course: wrong
  })),
  {
    title: "no `data`",
    trouble: text(envelope("20000")),
    request: unexpected("invalidData", "fatal"),
    course: wrong
  },
  {
    title: "`data` that is `null`",
    trouble: text(envelope("20000", null)),
    request: unexpected("invalidData", "fatal"),
    course: wrong
  },
  {
    title: "an access token alone",
    trouble: text(envelope("20000", { accessToken: pair.accessToken })),
    request: unexpected("invalidData", "fatal"),
    course: wrong
  },
  {
    title: "an access token with a line break in it",
    trouble: text(envelope("20000", { ...pair, accessToken: "aaaa\r\nX-Injected: 1" })),
    request: unexpected("invalidData", "fatal"),
    course: wrong
  },
  {
    title: "a refresh token with a line break at its end",
    trouble: text(envelope("20000", { ...pair, refreshToken: "rrrr\n" })),
    request: unexpected("invalidData", "fatal"),
    course: wrong
  },
  {
    title: "no `message`",
    trouble: text(JSON.stringify({ code: "20000", data: pair })),
    request: "token",
    course: harmless
  },
  {
    title: "a BOM before a success",
    trouble: text(`\uFEFF${envelope("20000", pair)}`),
    request: "token",
    course: harmless
  },
  {
    title: "fields twice, the last ones a success",
    trouble: text(`{"code":"50000","data":{},${envelope("20000", pair).slice(1)}`),
    request: "token",
    course: harmless
  },
  {
    title: "fields twice, the last ones a failure",
    trouble: text(`${envelope("20000", pair).slice(0, -1)},"code":"50000"}`),
    request: "ServerFailure 50000, answered, retry",
    course: answered
  },
  {
    title: "a body that is 200,000 arrays deep",
    trouble: text(nested),
    request: unexpected("notEnvelope", "fatal"),
    course: wrong
  },
  {
    title: "a success whose `data` is 200,000 arrays deep",
    clients: undici,
    trouble: text(`{"code":"20000","message":"","data":${nested}}`),
    request: unexpected("invalidData", "fatal"),
    course: wrong
  },
  {
    title: "a failure whose `data` is 200,000 arrays deep",
    clients: undici,
    trouble: text(`{"code":"50000","message":"","data":${nested}}`),
    request: "ServerFailure 50000, answered, retry",
    course: answered
  },
  ...["20000 ", "2e4", 20000.5, null].map((
    code
  ) => ({
    title: `\`code\` as \`${JSON.stringify(code)}\``,
    trouble: text(envelope(code, pair)),
    request: unexpected("notEnvelope", "fatal"),
    course: wrong
  })),
  {
    title: "no `code`",
    trouble: text(envelope(undefined, pair)),
    request: unexpected("notEnvelope", "fatal"),
    course: wrong
  },
  {
    title: "`code` as the number `2e4`, which is 20000 in JSON",
    trouble: text(`{"code":2e4,"message":"","data":${JSON.stringify(pair)}}`),
    request: "token",
    course: harmless
  }
]

const grouped = (group: string, rows: ReadonlyArray<Omit<Row, "group">>): ReadonlyArray<Row> =>
  rows.map((row) => ({ group, ...row }))

/** Every row of the matrix. */
export const rows: ReadonlyArray<Row> = [
  ...grouped("Connections", connections),
  ...grouped("Return codes", codes),
  ...grouped("HTTP statuses", statuses),
  ...grouped("Redirects", redirects),
  ...grouped("Bodies", bodies),
  ...grouped("Envelopes", envelopes)
]
