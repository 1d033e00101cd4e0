import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Fault from "@jindouyun/sandbox/Fault"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as SandboxServer from "@jindouyun/sandbox/SandboxServer"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as Http from "node:http"
import * as Https from "node:https"
import * as Net from "node:net"
import type * as HonoServer from "../examples/recipes/hono.js"
import { visitsOf } from "../examples/recipes/one-report.js"
import { visitors } from "../examples/recipes/paging.js"
import { throughProxy, throughProxyOfEnvironment } from "../examples/recipes/proxies.js"
import { Vault, withVault } from "../examples/recipes/rotated-secrets.js"
import * as serverless from "../examples/recipes/serverless.js"
import * as TokenProvider from "../src/TokenProvider.js"
import { platform } from "./platform.js"
import { pem } from "./tls.js"
import { withEnvironment } from "./utils.js"

const reports = { "/api/report/daily": () => ({ data: { visits: 7 } }) }

const account = { JINDOUYUN_USERNAME: "user1", JINDOUYUN_PASSWORD: "pass1" }

let starts = 0

/** The server of the recipe, started with the environment as it is now: each start is a module of its own. */
const startHono = Effect.suspend(() => {
  const { pathname } = new URL("../examples/recipes/hono.ts", import.meta.url)
  return Effect.tryPromise({
    try: () => import(`${pathname}?${++starts}`) as Promise<typeof HonoServer>,
    catch: String
  })
})

/** A server that listens on a port of its own until the scope ends. */
const listening = <S extends Net.Server>(make: () => S) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.async<S>((resume) => {
        const server = make()
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) => Effect.sync(() => void server.close())
    ),
    (server) => (server.address() as Net.AddressInfo).port
  )

/** A proxy that connects every tunnel to one port of loopback. */
const tunnelTo = (port: number) =>
  Effect.gen(function*() {
    const asked: Array<string | undefined> = []
    const proxy = yield* listening(() =>
      Http.createServer().on("connect", (request: Http.IncomingMessage, socket: Net.Socket) => {
        asked.push(request.url)
        const target = Net.connect(port, "127.0.0.1", () => {
          socket.write("HTTP/1.1 200 OK\r\n\r\n")
          target.pipe(socket).pipe(target)
        })
        socket.on("error", () => target.destroy())
        target.on("error", () => socket.destroy())
      })
    )
    return { asked, proxy }
  })

describe("recipes", () => {
  it.effect("a parameter in the path: it is one segment, and the other parameters are the query", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* visitsOf("a/b", "2030-01-01"), { visits: 10 })
    }).pipe(
      Effect.provide(platform({}, {
        reports: { "/api/report/a%2Fb": ({ query }) => ({ data: { visits: query["day"]?.length } }) }
      }))
    ))

  it.effect("paging: every row of every page, in order, and no page twice", () =>
    Effect.gen(function*() {
      const rows = yield* Stream.runCollect(visitors)
      assert.deepStrictEqual([...rows].map(({ visits }) => visits), [1, 10, 2, 20, 3, 30])
      assert.deepStrictEqual(yield* (yield* Sandbox.Sandbox).requests, { acquire: 1, refresh: 0, report: 3 })
    }).pipe(
      Effect.provide(platform({}, {
        reports: {
          "/api/report/visitors": ({ body }) => {
            const page = Predicate.hasProperty(body, "page") ? Number(body.page) : 0
            const row = (visits: number) => ({ name: `visitor ${visits}`, visits })
            return { data: { rows: [row(page), row(page * 10)], next: page < 3 ? page + 1 : null } }
          }
        }
      }))
    ))

  it.scopedLive("a serverless function: an acquisition for each instance, not for each call", () =>
    Effect.gen(function*() {
      const { url } = yield* SandboxServer.SandboxServer
      yield* withEnvironment({ ...account, JINDOUYUN_BASE_URL: url })
      for (const day of ["2030-01-01", "2030-01-02"]) {
        assert.deepStrictEqual(yield* Effect.promise(() => serverless.handler({ day })), { visits: 7 })
      }
      assert.deepStrictEqual(yield* (yield* Sandbox.Sandbox).requests, { acquire: 1, refresh: 0, report: 2 })
    }).pipe(Effect.provide(SandboxServer.layer({ reports }))))

  it.scopedLive("rotated secrets: the next read after a rotation signs in with the new password", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox.Sandbox
      const { url } = yield* SandboxServer.SandboxServer
      yield* sandbox.addAccount({ username: "reports", password: Redacted.make("new") })
      let password = "old"
      const vault = Layer.succeed(Vault, { read: () => Effect.sync(() => Redacted.make(password)) })
      // The recipe uses the real platform: its requests go to the sandbox.
      const toSandbox: typeof fetch = (input, init) => fetch(String(input).replace("https://jdy.cigdata.cn", url), init)
      yield* Effect.gen(function*() {
        const { accessToken } = yield* TokenProvider.TokenProvider
        assert.strictEqual((yield* Effect.flip(accessToken))._tag, "AuthenticationFailed")
        password = "new"
        const token = yield* Effect.retry(accessToken, { times: 50, schedule: Schedule.spaced("100 millis") })
        assert.isTrue(yield* sandbox.accepts(token.value))
      }).pipe(
        Effect.provide(Layer.provide(withVault, vault)),
        Effect.provide(Layer.succeed(FetchHttpClient.Fetch, toSandbox)),
        Logger.withMinimumLogLevel(LogLevel.None)
      )
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 2, refresh: 0, report: 0 })
    }).pipe(Effect.provide(SandboxServer.layer())))

  it.scopedLive("many accounts in Hono: one acquisition for each account, and a failure of one affects no other", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox.Sandbox
      const { url } = yield* SandboxServer.SandboxServer
      yield* withEnvironment({
        JINDOUYUN_BASE_URL: url,
        NORTH_USERNAME: "user1",
        NORTH_PASSWORD: "pass1",
        SOUTH_USERNAME: "user2",
        SOUTH_PASSWORD: "pass2"
      })
      const hono = yield* startHono
      const answer = (path: string) =>
        Effect.promise(async () => {
          const response = await hono.app.request(path)
          return [response.status, await response.text()] as const
        })
      yield* sandbox.addAccount({ username: "user2", password: Redacted.make("pass2") })
      for (const path of ["/north/visits/2030-01-01", "/south/visits/2030-01-01", "/north/visits/2030-01-02"]) {
        assert.deepStrictEqual(yield* answer(path), [200, `{"visits":7}`])
      }
      assert.deepStrictEqual(yield* sandbox.requests, { acquire: 2, refresh: 0, report: 3 })
      yield* sandbox.inject("report", Fault.returnCode(40000))
      assert.deepStrictEqual(yield* answer("/south/visits/2030-01-02"), [502, `{"failure":"InvalidParameter"}`])
      assert.deepStrictEqual(yield* answer("/north/visits/2030-01-03"), [200, `{"visits":7}`])
      assert.strictEqual((yield* answer("/west/visits/2030-01-01"))[0], 404)
      yield* Effect.promise(() => hono.close())
    }).pipe(Effect.provide(SandboxServer.layer({ reports }))))

  it.scopedLive.each(
    [
      ["JINDOUYUN_MAX_ATTEMPTS", "seven"],
      ["JINDOUYUN_BASE_URL", "jdy.cigdata.cn"],
      ["JINDOUYUN_REQUEST_TIMEOUT", " "]
    ] as const
  )("a server of Hono does not start with an invalid setting: %s is %j", ([variable, value]) =>
    Effect.gen(function*() {
      yield* withEnvironment({ [variable]: value })
      assert.include(yield* Effect.flip(startHono), variable)
    }))

  it.scopedLive("a proxy and a private authority: through the one, trusting the other, and nobody without it", () =>
    Effect.gen(function*() {
      const certificate = pem("self-signed")
      const { url } = yield* SandboxServer.SandboxServer
      const platform = yield* listening(() =>
        Https.createServer({ cert: certificate, key: certificate }, (request, response) => {
          const { headers, method, url: path } = request
          request.pipe(Http.request(new URL(path ?? "", url), { headers, method }, (answer) => {
            response.writeHead(answer.statusCode ?? 0, answer.headers)
            answer.pipe(response)
          }))
        })
      )
      const { asked, proxy } = yield* tunnelTo(platform)
      yield* withEnvironment({ ...account, JINDOUYUN_BASE_URL: `https://localhost:${platform}` })
      const generation = (authority: string) =>
        Effect.flatMap(TokenProvider.TokenProvider, ({ accessToken }) => accessToken).pipe(
          Effect.map((token) => token.generation),
          Effect.provide(Layer.fresh(throughProxy({ proxy: `http://127.0.0.1:${proxy}`, authority })))
        )
      assert.strictEqual(yield* generation(certificate), 1)
      assert.deepStrictEqual(asked, [`localhost:${platform}`])
      const failure = yield* Logger.withMinimumLogLevel(Effect.flip(generation("")), LogLevel.None)
      assert.deepInclude({ ...failure }, { _tag: "TransportFailure", reason: "tls", delivery: "unsent" })
    }).pipe(Effect.provide(SandboxServer.layer())))

  it.scopedLive("the proxy of the environment: through it, unless NO_PROXY names the host", () =>
    Effect.gen(function*() {
      const { url } = yield* SandboxServer.SandboxServer
      const { host, port } = new URL(url)
      const { asked, proxy } = yield* tunnelTo(Number(port))
      const generation = Effect.flatMap(TokenProvider.TokenProvider, ({ accessToken }) => accessToken).pipe(
        Effect.map((token) => token.generation),
        Effect.provide(Layer.fresh(throughProxyOfEnvironment))
      )
      const environment = { ...account, JINDOUYUN_BASE_URL: url, http_proxy: `http://127.0.0.1:${proxy}` }
      yield* withEnvironment({ ...environment, no_proxy: "127.0.0.1" })
      assert.strictEqual(yield* generation, 1)
      assert.isEmpty(asked)
      yield* withEnvironment({ ...environment, no_proxy: "" })
      assert.strictEqual(yield* generation, 1)
      assert.deepStrictEqual(asked, [host])
    }).pipe(Effect.provide(SandboxServer.layer())))
})
