// A strict platform on real sockets, written from the platform's document. It shares no code with the sandbox or the library.
//
// The document's appendix of return codes is missing. 20000 is documented; 30005, 40000, 40001 and 40003 are the convention
// that the library's table of return codes names. Where the document leaves a rule open, the strictest rule holds: a new pair
// ends every older pair, and a refresh token works once.
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { randomBytes } from "node:crypto"
import { once } from "node:events"
import * as Http from "node:http"
import { setImmediate, setTimeout } from "node:timers/promises"
import { monotonic } from "./clock.js"

/** Durations are milliseconds. */
export interface Options {
  readonly username: string
  readonly password: string
  readonly accessLifetime: number
  readonly refreshLifetime: number
  /** How long the next answer takes. */
  readonly latency: () => number
}

/** A token request. Times are those of the platform, in milliseconds of the monotonic clock of the machine. */
export interface TokenRequest {
  /** The process that sent it. */
  readonly process: number
  readonly kind: "acquisition" | "refresh"
  readonly arrivedAt: number
  /** When its answer was sent, or its connection was gone; `undefined` while neither has happened. */
  endedAt: number | undefined
  /** The return code, decided at the arrival. */
  code: string | undefined
}

/** A token request that arrived while another one had not ended. */
export interface Overlap {
  readonly earlier: TokenRequest
  readonly later: TokenRequest
}

/** When the platform issued a token, and how many pairs it had issued by then. */
export interface Issued {
  readonly at: number
  readonly order: number
}

/** A report call. */
export interface Call {
  readonly process: number
  readonly at: number
  readonly code: string
  readonly token: string | undefined
}

export interface Platform {
  /** The base URL of all processes. */
  readonly url: string
  /** Opens a port for a process: requests carry no name, so the port is how the platform knows their sender. */
  readonly open: (process: number) => Effect.Effect<number>
  readonly requests: ReadonlyArray<TokenRequest>
  readonly overlaps: ReadonlyArray<Overlap>
  readonly calls: ReadonlyArray<Call>
  /** The requests that the document does not allow, in words. */
  readonly violations: ReadonlyArray<string>
  /** The access token of the newest pair. */
  readonly newest: () => string | undefined
  /** The access tokens that the platform has issued. */
  readonly issued: ReadonlyMap<string, Issued>
}

interface Pair {
  readonly accessToken: string
  readonly refreshToken: string
  readonly issuedAt: number
  isRefreshed: boolean
}

interface Answer {
  readonly code: string
  readonly data?: { readonly accessToken: string; readonly refreshToken: string }
  /** Words for a request that a correct client never sends. */
  readonly violation?: string
}

const messages: Readonly<Record<string, string>> = {
  "20000": "数据返回正确",
  "30005": "API版本错误",
  "40000": "参数错误",
  "40001": "认证失败",
  "40003": "Token无效"
}

const refused = (code: string, violation: string): Answer => ({ code, violation })

/** A token of 32 letters and digits, as in the document's example. */
const newToken = () => randomBytes(16).toString("hex")

/** The rules for one account, without a socket. */
const makeAccount = ({ accessLifetime, password, refreshLifetime, username }: Options) => {
  let pair: Pair | undefined
  const issued = new Map<string, Issued>()

  const issue = (): Answer => {
    const { accessToken, issuedAt, refreshToken } = pair = {
      accessToken: newToken(),
      refreshToken: newToken(),
      issuedAt: monotonic(),
      isRefreshed: false
    }
    issued.set(accessToken, { at: issuedAt, order: issued.size + 1 })
    return { code: "20000", data: { accessToken, refreshToken } }
  }

  const isYoung = (lifetime: number) => pair !== undefined && monotonic() - pair.issuedAt < lifetime

  const acquire = (fields: Readonly<Record<string, unknown>>): Answer =>
    fields["username"] === username && fields["password"] === password
      ? issue()
      : refused("40001", "other credentials than those of the account")

  const refresh = ({ refreshToken }: Readonly<Record<string, unknown>>): Answer => {
    if (refreshToken !== pair?.refreshToken || pair?.isRefreshed !== false || !isYoung(refreshLifetime)) {
      return { code: "40003" }
    }
    pair.isRefreshed = true
    return issue()
  }

  const call = (accessToken: string | undefined): string =>
    accessToken !== undefined && accessToken === pair?.accessToken && isYoung(accessLifetime) ? "20000" : "40003"

  return { acquire, call, issued, newest: () => pair?.accessToken, refresh }
}

/** The answer to a request whose method, headers or fields differ from the document's table. */
const malformed = (
  { headers, method }: Http.IncomingMessage,
  names: ReadonlyArray<string>,
  fields: unknown
): Answer | undefined => {
  if (method !== "POST") {
    return refused("40000", `the method ${method}`)
  }
  if (headers["apiversion"] !== "3") {
    return refused("30005", "no APIVersion 3")
  }
  if (!/^application\/json; ?charset=utf-8$/i.test(headers["content-type"] ?? "")) {
    return refused("40000", `the Content-Type ${headers["content-type"]}`)
  }
  if (typeof fields !== "object" || fields === null || Object.keys(fields).sort().join() !== [...names].sort().join()) {
    return refused("40000", `other fields than ${names.join(" and ")}`)
  }
  return Object.values(fields).every((value) => typeof value === "string")
    ? undefined
    : refused("40000", "a field that is no string")
}

const bodyOf = async (request: Http.IncomingMessage): Promise<unknown> => {
  const chunks: Array<Buffer> = []
  try {
    for await (const chunk of request) {
      chunks.push(chunk)
    }
    return JSON.parse(Buffer.concat(chunks).toString("utf8"))
  } catch {
    return undefined
  }
}

const send = (response: Http.ServerResponse, { code, data }: Answer) => {
  response.writeHead(200, { "Content-Type": "application/json;charset=UTF-8" })
  response.end(JSON.stringify({ code, message: messages[code], data: data ?? {} }))
}

const kinds: Readonly<Record<string, TokenRequest["kind"]>> = {
  "/api/access_token": "acquisition",
  "/api/refresh_token": "refresh"
}

const makeHandler = (options: Options) => {
  const account = makeAccount(options)
  const requests: Array<TokenRequest> = []
  const overlaps: Array<Overlap> = []
  const calls: Array<Call> = []
  const violations: Array<string> = []

  const arrive = (process: number, kind: TokenRequest["kind"], response: Http.ServerResponse) => {
    const request: TokenRequest = { process, kind, arrivedAt: monotonic(), endedAt: undefined, code: undefined }
    overlaps.push(
      ...requests.filter(({ endedAt }) => endedAt === undefined).map((earlier) => ({ earlier, later: request }))
    )
    requests.push(request)
    const end = () => {
      request.endedAt ??= monotonic()
    }
    response.once("finish", end).once("close", end)
    return request
  }

  const tokenRequest = async (
    process: number,
    kind: TokenRequest["kind"],
    incoming: Http.IncomingMessage,
    response: Http.ServerResponse
  ) => {
    // A client that gave up may have closed its connection just before this arrival, in the same turn of the loop. The
    // platform hears of that two turns later at the latest.
    await setImmediate()
    await setImmediate()
    const request = arrive(process, kind, response)
    const fields = await bodyOf(incoming)
    const isAcquisition = kind === "acquisition"
    const answer = malformed(incoming, isAcquisition ? ["username", "password"] : ["refreshToken"], fields)
      ?? (isAcquisition ? account.acquire : account.refresh)(fields as Readonly<Record<string, unknown>>)
    request.code = answer.code
    if (answer.violation !== undefined && !response.destroyed) {
      violations.push(`process ${process} sent ${answer.violation} (${kind}, ${answer.code})`)
    }
    // The request is executed at once, so that a client that is killed before the answer loses a pair.
    await setTimeout(options.latency(), undefined, { ref: false })
    send(response, answer)
  }

  const reportCall = (process: number, { headers }: Http.IncomingMessage, response: Http.ServerResponse) => {
    const header = headers["accesstoken"]
    const token = typeof header === "string" ? header : undefined
    const code = account.call(token)
    calls.push({ process, at: monotonic(), code, token })
    send(response, { code })
  }

  const handle = (process: number) => (incoming: Http.IncomingMessage, response: Http.ServerResponse) => {
    response.on("error", () => undefined)
    const path = incoming.url ?? ""
    const kind = kinds[path]
    if (kind !== undefined) {
      void tokenRequest(process, kind, incoming, response)
    } else if (path.startsWith("/api/report/")) {
      reportCall(process, incoming, response)
    } else {
      violations.push(`process ${process} sent a request for ${path}`)
      send(response, { code: "40000" })
    }
  }

  return { calls, handle, issued: account.issued, newest: account.newest, overlaps, requests, violations }
}

/** Listens on a port of loopback for each process, until the scope closes. */
export const make = (options: Options): Effect.Effect<Platform, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { handle, ...records } = makeHandler(options)
    const servers: Array<Http.Server> = []
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        for (const server of servers) {
          server.close()
          server.closeAllConnections()
        }
      })
    )
    const open = (process: number) =>
      Effect.promise(async () => {
        // A connection that the server closes while a request is on its way would lose the request.
        const server = Http.createServer({ keepAliveTimeout: 0 }, handle(process))
        servers.push(server)
        server.listen(0, "127.0.0.1")
        await once(server, "listening")
        const address = server.address()
        return typeof address === "object" && address !== null ? address.port : 0
      })
    return { ...records, open, url: `http://127.0.0.1:${yield* open(0)}` }
  })
