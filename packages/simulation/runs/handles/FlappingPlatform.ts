// A platform on a real socket that is well for a while and then fails some or all of its answers. It issues pairs as the
// platform's document describes, and counts the requests of each account.
import type * as JindouyunConfig from "@jindouyun/core/JindouyunConfig"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Http from "node:http"
import type * as Net from "node:net"
import type { Chooser } from "../../world/Chooser.js"
import { numberHeader, TokenRequests } from "./TokenRequests.js"

export const reportPath = "/api/report/echo"

/** So short that accounts renew all the time. An answer can be late by less than the request timeout, or by more. */
export const settings = {
  accessTokenLifetime: 2000,
  refreshTokenLifetime: 8000,
  requestTimeout: 1000,
  renewalTimeout: 3000,
  closeTimeout: 100,
  minRequestInterval: 10,
  cooldown: 20,
  maxCooldown: 200
} satisfies JindouyunConfig.Options

/** How many of a hundred answers fail in a spell. */
const spells = [0, 0, 10, 50, 100]
const longestSpell = 600

interface Answer {
  readonly status: number
  readonly body: string
}

type Write = (response: Http.ServerResponse, answer: Answer, chooser: Chooser) => void

const send: Write = (response, { body, status }) => {
  response.writeHead(status, { "content-type": "application/json;charset=UTF-8" }).end(body)
}

/** Writes the head and half of the body. */
const begin = (response: Http.ServerResponse, { body, status }: Answer) =>
  response.writeHead(status, { "content-length": Buffer.byteLength(body) }).write(body.slice(0, body.length / 2))

/** The failures. Before the first the platform has never acted, before the others always. */
const failures: { readonly [name: string]: Write } = {
  "reset before acting": (response) => response.socket?.resetAndDestroy(),
  "reset after acting": (response) => response.socket?.resetAndDestroy(),
  "late answer": (response, answer, chooser) => {
    const timer = setTimeout(() => send(response, answer, chooser), chooser.next(1.2 * settings.requestTimeout))
    response.once("close", () => clearTimeout(timer))
  },
  "cut short": (response, answer) => {
    begin(response, answer)
    setTimeout(() => response.destroy(), 2)
  },
  "HTTP 503": (response) => response.writeHead(503).end("<html>"),
  "garbage": (response) => response.end("<html>"),
  "no head": () => {},
  "no end of the body": begin
}

export const failureNames = Object.keys(failures)

const envelope = (code: number, data: unknown = null): Answer => ({
  status: 200,
  body: JSON.stringify({ code, message: "", data })
})

const rejected = envelope(40003)

/** The pairs of one account. Only the newest of them is accepted. */
interface Account {
  issued: number
  issuedAt: number
  isRevoked: boolean
  readonly inFlight: Set<InFlight>
}

/** A token request without a complete answer. One that no client has numbered starts when it arrives. */
interface InFlight {
  readonly number: number
  readonly response: Http.ServerResponse
}

/** A token on the wire, `access.<account>.<generation>` or `refresh.<account>.<generation>`. */
const parseToken = (token: string): { readonly name: string; readonly generation: number } => {
  const [, name = "", generation] = token.split(".")
  return { name, generation: Number(generation) }
}

interface TokenRequest {
  readonly username?: string
  readonly refreshToken?: string
}

export class FlappingPlatform {
  readonly server: Http.Server
  /** `overlaps` counts the token requests that came while another one of the same account was in flight. */
  readonly counts = { acquisitions: 0, refreshes: 0, reports: 0, overlaps: 0 }
  readonly failed: Record<string, number> = {}
  /** The run observes its client with it. */
  readonly tokenRequests = new TokenRequests()
  private readonly accounts = new Map<string, Account>()
  private readonly sockets = new Set<Net.Socket>()
  private readonly underWay = new Set<Http.ServerResponse>()
  private readonly chooser: Chooser
  private spell = { failing: 0, end: 0 }

  constructor(chooser: Chooser) {
    this.chooser = chooser
    this.server = Http.createServer({ keepAliveTimeout: 0 }, (request, response) => {
      this.underWay.add(response)
      response.once("close", () => this.underWay.delete(response)).on("error", () => {})
      const body: Array<Uint8Array> = []
      request.on("error", () => {})
      request.on("data", (chunk: Uint8Array) => body.push(chunk))
      request.on("end", () => response.destroyed ? undefined : this.answer(request, `${Buffer.concat(body)}`, response))
    }).on("connection", (socket: Net.Socket) => {
      this.sockets.add(socket)
      socket.once("close", () => this.sockets.delete(socket))
    })
  }

  /** How many requests have no complete answer and a connection. */
  get busy(): number {
    return this.underWay.size
  }

  /** Forgets an account that is not used any more. */
  forget(name: string): void {
    this.accounts.delete(name)
  }

  /** Ends the connections that no request uses, as a server does when they have been idle for long. */
  readonly endIdle: Effect.Effect<void> = Effect.sync(() => {
    const used = new Set([...this.underWay].map(({ socket }) => socket))
    this.sockets.forEach((socket) => used.has(socket) ? undefined : socket.destroy())
  })

  readonly connections: Effect.Effect<number> = Effect.async((resume) => {
    this.server.getConnections((_, connections) => resume(Effect.succeed(connections)))
  })

  private answer({ headers, url }: Http.IncomingMessage, body: string, response: Http.ServerResponse): void {
    const failure = this.nextFailure()
    const acts = failure !== "reset before acting"
    const answer = url === reportPath
      ? this.report(String(headers["accesstoken"]))
      : this.token(JSON.parse(body) as TokenRequest, acts, {
        number: Number(headers[numberHeader] ?? Infinity),
        response
      })
    const write = failure === undefined ? send : failures[failure]
    write?.(response, answer, this.chooser)
  }

  private nextFailure(): string | undefined {
    const now = performance.now()
    if (now >= this.spell.end) {
      this.spell = {
        failing: spells[this.chooser.next(spells.length)] ?? 0,
        end: now + this.chooser.next(longestSpell)
      }
      if (this.chooser.next(4) === 0) {
        this.accounts.forEach((account) => account.isRevoked = true)
      }
    }
    if (this.chooser.next(100) >= this.spell.failing) {
      return undefined
    }
    const name = failureNames[this.chooser.next(failureNames.length)] ?? ""
    this.failed[name] = (this.failed[name] ?? 0) + 1
    return name
  }

  private token({ refreshToken, username }: TokenRequest, acts: boolean, request: InFlight): Answer {
    this.counts[refreshToken === undefined ? "acquisitions" : "refreshes"] += 1
    const { generation, name } = parseToken(refreshToken ?? `.${username}.`)
    const account = this.accounts.get(name) ?? { issued: 0, issuedAt: 0, isRevoked: false, inFlight: new Set() }
    this.accounts.set(name, account)
    this.enter(account, request)
    if (refreshToken !== undefined && generation !== account.issued) {
      return rejected
    }
    if (acts) {
      account.issued += 1
      account.issuedAt = performance.now()
      account.isRevoked = false
    }
    const tokenOf = (kind: string) => `${kind}.${name}.${account.issued}`
    return envelope(20000, { accessToken: tokenOf("access"), refreshToken: tokenOf("refresh") })
  }

  private enter({ inFlight }: Account, request: InFlight): void {
    const isBefore = (first: InFlight, second: InFlight) =>
      this.tokenRequests.isAbortedBefore(first.number, second.number)
    // The connection of an answer that was sent may stay open.
    const others = [...inFlight].filter(({ response }) => !response.writableEnded && !response.socket?.destroyed)
    this.counts.overlaps += others.every((other) => isBefore(other, request) || isBefore(request, other)) ? 0 : 1
    inFlight.add(request)
    request.response.once("close", () => inFlight.delete(request))
  }

  private report(token: string): Answer {
    this.counts.reports += 1
    const { generation, name } = parseToken(token)
    const account = this.accounts.get(name)
    const isValid = account !== undefined && generation === account.issued && !account.isRevoked
      && performance.now() - account.issuedAt < settings.accessTokenLifetime
    return isValid ? envelope(20000, { rows: [1, 2, 3] }) : rejected
  }
}

/** Serves a platform on a free loopback port until the scope ends. */
export const serve = (
  chooser: Chooser
): Effect.Effect<{ readonly platform: FlappingPlatform; readonly baseUrl: string }, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.async<{ readonly platform: FlappingPlatform; readonly baseUrl: string }>((resume) => {
      const platform = new FlappingPlatform(chooser)
      platform.server.listen(0, "127.0.0.1", () => {
        const { port } = platform.server.address() as Net.AddressInfo
        resume(Effect.succeed({ platform, baseUrl: `http://127.0.0.1:${port}` }))
      })
    }),
    ({ platform: { server } }) =>
      Effect.sync(() => {
        server.close()
        server.closeAllConnections()
      })
  )
