import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpServerError from "@effect/platform/HttpServerError"
import type { Answer } from "@jindouyun/sandbox/Delivery"
import type { Fault } from "@jindouyun/sandbox/Fault"
import type { Endpoint } from "@jindouyun/sandbox/Journal"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as SandboxServer from "@jindouyun/sandbox/SandboxServer"
import * as Arr from "effect/Array"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as Http from "node:http"
import * as Https from "node:https"
import * as Net from "node:net"
import { Worker } from "node:worker_threads"
import * as Runner from "../../src/internal/edition/runner.js"
import type { InvalidConfiguration } from "../../src/JindouyunError.js"
import * as TokenApi from "../../src/TokenApi.js"
import { pem } from "../tls.js"
import * as Census from "./census.js"

/** A client as a layer. */
export type Client = Layer.Layer<HttpClient.HttpClient>

/** The platform behind one way to break, and the client that talks to it. */
export interface Stage {
  readonly baseUrl: string
  readonly client: Client
  /** The next requests to a request meet the trouble. */
  readonly inject: (endpoint: Endpoint, times: number) => Effect.Effect<void>
  readonly census: Census.Census
}

/** A way to break: sets the stage for a client. */
export interface Trouble {
  (client: Client): Effect.Effect<Stage, unknown, Scope.Scope | Servers>
}

interface Served {
  readonly baseUrl: string
  readonly census: Census.Census
  readonly sandbox: Sandbox.Service
}

/** Sandboxes on sockets, built once and lent to one cell at a time: building them takes longer than a cell. */
export class Servers extends Context.Tag("test/matrix/Servers")<Servers, {
  readonly lent: Effect.Effect<Served, never, Scope.Scope>
}>() {}

interface Origin {
  readonly origin: string
  /** Where there is something to be seen. */
  readonly port?: number
}

/** As many sandboxes as there are cells at once. */
export const servers = (count: number): Layer.Layer<Servers, HttpServerError.ServeError | InvalidConfiguration> =>
  Layer.scoped(
    Servers,
    Effect.gen(function*() {
      const free = yield* Queue.unbounded<Served>()
      yield* Effect.replicateEffect(Effect.flatMap(served, (server) => Queue.offer(free, server)), count)
      return {
        lent: Effect.acquireRelease(Queue.take(free), (server) =>
          server.census.hangUp.pipe(
            // A request that timed out on its way has left its fault behind.
            Effect.zipRight(server.sandbox.clearFaults),
            Effect.zipRight(server.sandbox.revoke("allTokens")),
            Effect.zipRight(server.census.clear),
            Effect.zipRight(Queue.offer(free, server))
          ))
      }
    })
  )

const served = Effect.gen(function*() {
  const context = yield* Layer.build(SandboxServer.layer())
  const { url } = Context.get(context, SandboxServer.SandboxServer)
  return {
    baseUrl: url,
    census: yield* Census.of(Number(new URL(url).port)),
    sandbox: Context.get(context, Sandbox.Sandbox)
  }
})

const lent = Effect.flatMap(Servers, ({ lent }) => lent)

/** Changes as many of the next requests to a request as were asked for. */
const armed = (
  client: Client,
  change: (request: HttpClientRequest.HttpClientRequest, endpoint: Endpoint) => Effect.Effect<
    HttpClientRequest.HttpClientRequest
  >
): Pick<Stage, "client" | "inject"> => {
  const waiting: { [E in Endpoint]: number } = { acquire: 0, refresh: 0, report: 0 }
  const hook = HttpClient.mapRequestEffect((request: HttpClientRequest.HttpClientRequest) => {
    const endpoint = endpointOf(new URL(request.url).pathname)
    return waiting[endpoint]-- > 0 ? change(request, endpoint) : Effect.succeed(request)
  })
  return {
    client: Layer.provide(Layer.effect(HttpClient.HttpClient, Effect.map(HttpClient.HttpClient, hook)), client),
    inject: (endpoint, times) => Effect.sync(() => (waiting[endpoint] = times))
  }
}

const endpointOf = (path: string): Endpoint => path === TokenApi.refreshPath ? "refresh" : "acquire"

/** The faults of the sandbox that have been injected so far. */
export const faults = new Set<Fault["_tag"]>()

/**
 * A fault of the sandbox. It is made for each cell, so that a date in it is near, and injected request by request, so
 * that none is left for the next cell.
 */
export const sandbox = (make: () => Fault): Trouble => (client) =>
  Effect.map(lent, ({ baseUrl, census, sandbox }) => {
    let fault: Fault | undefined
    return {
      baseUrl,
      census,
      ...armed(client, (request, endpoint) => {
        fault ??= make()
        faults.add(fault._tag)
        return Effect.as(sandbox.inject(endpoint, fault), request)
      })
    }
  })

/** A fault of the sandbox that names another origin. Should that be asked for anything, it counts as a request. */
export const besides = (fault: (origin: string) => Fault): Trouble => (client) =>
  Effect.flatMap(bystander, ({ census, origin }) =>
    Effect.map(
      sandbox(() => fault(origin))(client),
      (stage) => ({ ...stage, census: both(stage.census, census) })
    ))

/** The platform has acted; what becomes of its answer is written here, below every framework. */
export const wire = (write: (answer: Answer, response: Http.ServerResponse) => void): Trouble => (client) =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    const { fork } = yield* Runner.make<never>()
    const waiting: { [E in Endpoint]: number } = { acquire: 0, refresh: 0, report: 0 }
    const server = Http.createServer({ keepAliveTimeout: 0 }, (request, response) => {
      const body: Array<Uint8Array> = []
      request.on("data", (chunk: Uint8Array) => body.push(chunk)).on("end", () => {
        const { headers, method = "", url: path = "" } = request
        const meets = waiting[endpointOf(path)]-- > 0
        fork(sandbox.request(
          {
            method,
            path,
            query: "",
            origin: baseUrl,
            headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
            body: Buffer.concat(body)
          },
          (delivery, end) =>
            Effect.sync(() => {
              end()
              if (delivery._tag === "Whole") {
                ;(meets ? write : unharmed)(delivery, response)
              }
            })
        ))
      })
    })
    const port = yield* listening(() => server)
    const baseUrl = `http://127.0.0.1:${port}`
    return {
      baseUrl,
      client,
      census: yield* Census.of(port),
      inject: (endpoint, times) => Effect.sync(() => (waiting[endpoint] = times))
    }
  })

const unharmed = ({ body, headers, status }: Answer, response: Http.ServerResponse) =>
  response.writeHead(status, headers).end(body)

/**
 * Requests that meet the trouble go to another origin, as though a name or a route had changed. What it sees counts as
 * seen; nothing may come of it, for an answer from there would be a redirect.
 */
export const elsewhere = (
  away: Effect.Effect<Origin, unknown, Scope.Scope>
): Trouble =>
(client) =>
  Effect.gen(function*() {
    const { baseUrl, census } = yield* lent
    const { origin, port } = yield* away
    return {
      baseUrl,
      census: port === undefined ? census : both(census, yield* Census.of(port)),
      ...armed(client, (request) =>
        Effect.succeed(HttpClientRequest.setUrl(request, origin + new URL(request.url).pathname)))
    }
  })

const both = (one: Census.Census, other: Census.Census): Census.Census => ({
  get requests() {
    return [...one.requests, ...other.requests].sort((a, b) => a.at - b.at)
  },
  open: Effect.zipWith(one.open, other.open, (a, b) => a + b),
  busy: Effect.zipWith(one.busy, other.busy, (a, b) => a + b),
  mostSent: Effect.zipWith(one.mostSent, other.mostSent, Math.max),
  clear: Effect.zipRight(one.clear, other.clear),
  hangUp: Effect.zipRight(one.hangUp, other.hangUp)
})

/** A port where nobody listens and that nobody else is given meanwhile: the near end of a connection. */
export const refusedPort = Effect.gen(function*() {
  const port = yield* listening(() => Net.createServer())
  const socket = yield* Effect.acquireRelease(
    Effect.async<Net.Socket>((resume) => {
      const socket = Net.connect(port, "127.0.0.1", () => resume(Effect.succeed(socket)))
    }),
    (socket) => Effect.sync(() => socket.destroy())
  )
  return { origin: `http://127.0.0.1:${socket.localPort}` }
})

/**
 * A name that the system does not find, without asking anybody: a label has 63 characters at most. Many questions at
 * once to a name server may take seconds each.
 */
export const unknownName = Effect.succeed({ origin: `https://${"a".repeat(64)}.invalid` })

/** HTTPS spoken to a server of HTTP. */
export const plainPort = Effect.map(
  listening(() => Http.createServer((_, response) => response.end())),
  (port) => ({ origin: `https://127.0.0.1:${port}`, port })
)

/** A certificate nobody vouches for. */
export const selfSigned = Effect.suspend(() => {
  const certificate = pem("self-signed")
  return Effect.map(
    listening(() => Https.createServer({ cert: certificate, key: certificate }, (_, response) => response.end())),
    (port) => ({ origin: `https://127.0.0.1:${port}`, port })
  )
})

/** A connection that ends while it is being secured. */
export const closedHandshake = Effect.map(
  listening(() => Net.createServer((socket) => socket.on("error", ignore).once("data", () => socket.destroy()))),
  (port) => ({ origin: `https://127.0.0.1:${port}`, port })
)

/** A server that takes every request and answers none. */
export const blackHole = Effect.map(
  listening(() => Http.createServer({ keepAliveTimeout: 0 }, (request) => request.resume())),
  (port) => ({ origin: `http://127.0.0.1:${port}`, port })
)

const bystander = Effect.gen(function*() {
  const port = yield* listening(() => Http.createServer((_, response) => response.end()))
  return { origin: `http://127.0.0.1:${port}`, census: yield* Census.of(port) }
})

/**
 * A listener whose queue is full: the system drops further attempts to connect, as a route to nowhere does. Its thread
 * sleeps, so that it takes nobody out of the queue.
 */
export const fullQueue = Effect.acquireRelease(
  Effect.async<{ readonly origin: string; readonly close: Effect.Effect<void> }>((resume) => {
    const lock = new Int32Array(new SharedArrayBuffer(4))
    const worker = new Worker(sleepyListener, { eval: true, workerData: lock })
    worker.once("message", (port: number) => {
      const inQueue = Arr.makeBy(4, () => Net.connect(port, "127.0.0.1").on("error", ignore))
      const close = Effect.async<void>((resume) => {
        inQueue.forEach((socket) => socket.destroy())
        worker.once("exit", () => resume(Effect.void))
        Atomics.store(lock, 0, 1)
        Atomics.notify(lock, 0)
      })
      inQueue[0]?.once("connect", () => resume(Effect.succeed({ origin: `http://127.0.0.1:${port}`, close })))
    })
  }),
  ({ close }) => close
).pipe(Effect.tap(Effect.sleep("50 millis")))

const sleepyListener = `
const { parentPort, workerData } = require("node:worker_threads")
const server = require("node:net").createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
  parentPort.postMessage(server.address().port)
  setImmediate(() => {
    Atomics.wait(workerData, 0, 0)
    process.exit()
  })
})`

const ignore = () => {}

function listening(make: () => Net.Server): Effect.Effect<number, never, Scope.Scope> {
  return Effect.map(
    Effect.acquireRelease(
      Effect.async<readonly [port: number, close: Effect.Effect<void>]>((resume) => {
        const connections = new Set<Net.Socket>()
        const server = make().on("connection", (socket: Net.Socket) => {
          connections.add(socket)
          socket.once("close", () => connections.delete(socket))
        })
        const close = Effect.async<void>((resume) => {
          server.close(() => resume(Effect.void))
          connections.forEach((socket) => socket.destroy())
        })
        server.listen(0, "127.0.0.1", () => {
          resume(Effect.succeed([(server.address() as Net.AddressInfo).port, close]))
        })
      }),
      ([_, close]) => close
    ),
    ([port]) => port
  )
}
