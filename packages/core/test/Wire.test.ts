import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Fault from "@jindouyun/sandbox/Fault"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as SandboxServer from "@jindouyun/sandbox/SandboxServer"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import * as Jindouyun from "../src/Jindouyun.js"
import * as RetryPolicy from "../src/RetryPolicy.js"
import * as TokenProvider from "../src/TokenProvider.js"

const clients = {
  fetch: FetchHttpClient.layer,
  undici: NodeHttpClient.layerUndici,
  node: NodeHttpClient.layer
}

const services = Effect.all({ provider: TokenProvider.TokenProvider, sandbox: Sandbox.Sandbox })

// What the provider warns of is what these tests are about.
const silence = Logger.minimumLogLevel(LogLevel.None)

/** A provider that talks to the sandbox server over a socket, and does not dawdle. */
const onSocket = (
  client: Layer.Layer<HttpClient.HttpClient>,
  settings: Partial<Jindouyun.Options> = {},
  sandbox: Sandbox.Options = {}
) =>
  Layer.unwrapEffect(
    Effect.map(SandboxServer.SandboxServer, ({ url }) =>
      Jindouyun.layer({
        baseUrl: url,
        username: "user1",
        password: Redacted.make("pass1"),
        minRequestInterval: 1,
        ...settings
      }))
  ).pipe(
    Layer.provide([client, RetryPolicy.layer(Schedule.spaced("1 millis")), silence]),
    Layer.provideMerge(SandboxServer.layer(sandbox))
  )

/** A server of another origin that notes what reaches it. */
const otherOrigin = Effect.acquireRelease(
  Effect.async<{ readonly url: string; readonly seen: Array<string>; readonly close: () => void }>((resume) => {
    const seen: Array<string> = []
    const server = createServer((request, response) => {
      seen.push(`${request.method} ${request.url}`)
      response.end()
    })
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo
      resume(Effect.succeed({
        url: `http://127.0.0.1:${port}`,
        seen,
        close: () => {
          server.closeAllConnections()
          server.close()
        }
      }))
    })
  }),
  ({ close }) => Effect.sync(close)
)

const survivable: ReadonlyArray<Fault.Fault> = [
  Fault.resetBeforeActing,
  Fault.resetAfterActing,
  Fault.html502,
  Fault.truncate(20),
  Fault.empty,
  Fault.invalidUtf8,
  Fault.status(429, { retryAfter: 0 }),
  Fault.status(503),
  Fault.returnCode(50000),
  Fault.returnCode(58765)
]

for (const [name, client] of Object.entries(clients)) {
  describe(`on a socket with the client of ${name}`, () => {
    for (const codeType of ["number", "string"] as const) {
      it.live(`a token is acquired, cached and refreshed, the code being a ${codeType}`, () =>
        Effect.gen(function*() {
          const { provider, sandbox } = yield* services
          const first = yield* provider.accessToken
          assert.deepStrictEqual(yield* provider.accessToken, first)
          assert.strictEqual((yield* provider.refresh).generation, 2)
          assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 1, report: 0 })
          assert.strictEqual(yield* sandbox.maxOverlap, 1)
        }).pipe(Effect.provide(onSocket(client, {}, { codeType }))))
    }

    it.live("concurrent callers cause one request", () =>
      Effect.gen(function*() {
        const { provider, sandbox } = yield* services
        yield* Effect.all(Arr.replicate(provider.accessToken, 200), { concurrency: "unbounded" })
        assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 0, report: 0 })
      }).pipe(Effect.provide(onSocket(client))))

    for (const fault of survivable) {
      const title = [fault._tag, "code" in fault ? fault.code : "", "status" in fault ? fault.status ?? "" : ""].join(
        " "
      )

      it.live(`${title.trim()}, once, is survived by both requests`, () =>
        Effect.gen(function*() {
          const { provider, sandbox } = yield* services
          yield* sandbox.inject("acquire", fault)
          assert.strictEqual((yield* provider.accessToken).generation, 1)
          yield* sandbox.inject("refresh", fault)
          const token = yield* provider.refresh
          assert.strictEqual(token.generation, 2)
          assert.isTrue(yield* sandbox.accepts(token.value))
          // A refresh token that was spent for a lost answer is refused the second time.
          assert.deepStrictEqual(yield* sandbox.requests, {
            acquire: Fault.hasActed(fault) ? 3 : 2,
            refresh: 2,
            report: 0
          })
        }).pipe(Effect.provide(onSocket(client, {}, { refreshTokenUse: "once" }))))
    }

    for (const status of [301, 302, 303, 307, 308]) {
      it.live(`guarantee 15: a redirect ${status} is not followed, and the other origin sees nothing`, () =>
        Effect.gen(function*() {
          const other = yield* otherOrigin
          const { provider, sandbox } = yield* services
          yield* sandbox.inject("acquire", Fault.redirect(status, `${other.url}/api/access_token`))
          const failure = yield* Effect.flip(provider.accessToken)
          assert.deepInclude(failure, { _tag: "UnexpectedResponse", reason: "redirect", status })
          assert.deepStrictEqual(other.seen, [])
          assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 0, report: 0 })
        }).pipe(Effect.scoped, Effect.provide(onSocket(client))))
    }

    it.live("guarantee 15: a client that the consumer made follow redirects is found out", () =>
      Effect.gen(function*() {
        const other = yield* otherOrigin
        const { provider, sandbox } = yield* services
        yield* sandbox.inject("acquire", Fault.redirect(302, `${other.url}/api/access_token`))
        const failure = yield* Effect.flip(provider.accessToken)
        assert.deepInclude(failure, { _tag: "UnexpectedResponse", reason: "redirect" })
        assert.lengthOf(other.seen, 1)
      }).pipe(
        Effect.scoped,
        Effect.provide(onSocket(
          Layer.effect(
            HttpClient.HttpClient,
            Effect.map(HttpClient.HttpClient, HttpClient.followRedirects())
          ).pipe(Layer.provide(client))
        ))
      ))

    it.live("a client that fails on every status but 2xx does not hide the return code", () =>
      Effect.gen(function*() {
        const { provider, sandbox } = yield* services
        const failure = yield* Effect.flip(provider.accessToken)
        assert.deepInclude(failure, { _tag: "AuthenticationFailed", code: 40001, status: 401 })
        assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 0, report: 0 })
      }).pipe(
        Effect.provide(onSocket(
          Layer.effect(HttpClient.HttpClient, Effect.map(HttpClient.HttpClient, HttpClient.filterStatusOk))
            .pipe(Layer.provide(client)),
          { password: Redacted.make("wrong") },
          { failureStatus: 401 }
        ))
      ))

    it.live("an answer a byte a second ends with the request timeout", () =>
      Effect.gen(function*() {
        const { provider, sandbox } = yield* services
        yield* sandbox.inject("acquire", ...Arr.replicate(Fault.slowBody, 2))
        const failure = yield* Effect.flip(provider.accessToken)
        assert.deepInclude(failure, { _tag: "TransportFailure", reason: "timeout", delivery: "ambiguous", attempts: 2 })
      }).pipe(Effect.provide(onSocket(client, { requestTimeout: "300 millis", retryPolicy: Schedule.recurs(1) }))))

    it.live("an oversized answer is not read to its end", () =>
      Effect.gen(function*() {
        const { provider, sandbox } = yield* services
        yield* sandbox.inject("acquire", Fault.oversized(3_000_000))
        const failure = yield* Effect.flip(provider.accessToken)
        assert.deepInclude(failure, { _tag: "UnexpectedResponse", reason: "tooLarge" })
      }).pipe(Effect.provide(onSocket(client))))

    const unreachable = (baseUrl: string) =>
      Effect.flatMap(TokenProvider.TokenProvider, (provider) => Effect.flip(provider.accessToken)).pipe(
        Effect.provide(
          Jindouyun.layer({ baseUrl, username: "user1", password: Redacted.make("pass1"), minRequestInterval: 1 }).pipe(
            Layer.provide([client, RetryPolicy.layer(RetryPolicy.never), silence])
          )
        )
      )

    it.live("a port without a listener is refused, and provably nothing was sent", () =>
      Effect.gen(function*() {
        const { close, url } = yield* otherOrigin
        close()
        assert.deepInclude(yield* unreachable(url), { _tag: "TransportFailure", reason: "refused", delivery: "unsent" })
      }).pipe(Effect.scoped))

    it.live("a name without an address is told from a refusal", () =>
      Effect.gen(function*() {
        const failure = yield* unreachable("https://nobody.invalid")
        assert.deepInclude(failure, { _tag: "TransportFailure", reason: "nameNotFound", delivery: "unsent" })
      }))

    it.live("TLS to a plain port fails as TLS, with a code that does not prove that nothing was sent", () =>
      Effect.gen(function*() {
        const { seen, url } = yield* otherOrigin
        const failure = yield* unreachable(url.replace("http:", "https:"))
        assert.deepInclude(failure, {
          _tag: "TransportFailure",
          reason: "tls",
          delivery: "ambiguous",
          disposition: "retry"
        })
        assert.deepStrictEqual(seen, [])
      }).pipe(Effect.scoped))
  })
}
