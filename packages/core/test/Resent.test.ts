import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Jindouyun from "../src/Jindouyun.js"
import * as JindouyunConfig from "../src/JindouyunConfig.js"
import { RefreshToken } from "../src/Token.js"
import * as TokenApi from "../src/TokenApi.js"
import * as TokenProvider from "../src/TokenProvider.js"
import { deliveryOfResent } from "./edition/outcomes.js"
import { inTime } from "./platform.js"

const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED", syscall: "connect" })
const reset = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET", syscall: "read" })

/** The failures of a fetch, the last of which repeats. */
const fetchOf = (...failures: ReadonlyArray<Error>): typeof globalThis.fetch => {
  let sends = 0
  return () =>
    Promise.reject(new TypeError("fetch failed", { cause: failures[Math.min(sends++, failures.length - 1)] }))
}

const over = (wrap: (client: HttpClient.HttpClient) => HttpClient.HttpClient, fetch: typeof globalThis.fetch) =>
  TokenApi.layer.pipe(
    Layer.provide(Layer.orDie(JindouyunConfig.layer({ baseUrl: "http://localhost:1234" }))),
    Layer.provide(Layer.effect(HttpClient.HttpClient, Effect.map(HttpClient.HttpClient, wrap))),
    Layer.provide(FetchHttpClient.layer),
    Layer.provide(Layer.succeed(FetchHttpClient.Fetch, fetch))
  )

const refreshToken = new RefreshToken({ value: Redacted.make("refresh1") })

const refresh = Effect.flatMap(TokenApi.TokenApi, (api) => Effect.flip(api.refresh(refreshToken)))

describe("a client of the program that sends one request several times", () => {
  const wrappers: ReadonlyArray<
    readonly [title: string, wrap: (client: HttpClient.HttpClient) => HttpClient.HttpClient]
  > = [
    ["HttpClient.retry", HttpClient.retry({ times: 4 })],
    ["HttpClient.retryTransient", HttpClient.retryTransient({ times: 4 })],
    ["transformResponse", HttpClient.transformResponse(Effect.retry({ times: 1 }))],
    ["transform", HttpClient.transform((send) => Effect.catchAll(send, () => send))],
    ["a retry between other wrappers", (client) =>
      client.pipe(
        HttpClient.mapRequest(HttpClientRequest.setHeader("x-inner", "1")),
        HttpClient.retry({ times: 1 }),
        HttpClient.mapRequest(HttpClientRequest.setHeader("x-outer", "1")),
        HttpClient.filterStatusOk
      )]
  ]
  for (const [title, wrap] of wrappers) {
    it.live(`has no outcome that is unsent: ${title}`, () =>
      Effect.gen(function*() {
        const failure = yield* Effect.provide(refresh, over(wrap, fetchOf(reset, refused)))
        assert.strictEqual(failure._tag, "TransportFailure")
        assert.deepInclude<Record<string, unknown>>({ ...failure }, { reason: "refused", delivery: "ambiguous" })
        assert.include(failure.message, "whether the platform acted is not known")
      }))
  }

  it.live("has one that is unsent if the request was sent once", () =>
    Effect.gen(function*() {
      const failure = yield* Effect.provide(
        refresh,
        over(HttpClient.mapRequest(HttpClientRequest.setHeader("x-other", "1")), fetchOf(refused))
      )
      assert.strictEqual(failure.delivery, "unsent")
    }))

  it.live.each(
    [["http", NodeHttpClient.layer, deliveryOfResent], ["undici", NodeHttpClient.layerUndici, "ambiguous"]] as const
  )(
    "has this outcome over Node's %s client",
    ([, layer, delivery]) =>
      Effect.gen(function*() {
        const deliveryOf = (wrap: (client: HttpClient.HttpClient) => HttpClient.HttpClient) =>
          Effect.map(refresh, ({ delivery }) => delivery).pipe(
            Effect.provide(TokenApi.layer.pipe(
              Layer.provide(Layer.orDie(JindouyunConfig.layer({ baseUrl: "http://127.0.0.1:1" }))),
              Layer.provide(Layer.effect(HttpClient.HttpClient, Effect.map(HttpClient.HttpClient, wrap))),
              Layer.provide(layer)
            ))
          )
        assert.strictEqual(yield* deliveryOf((client) => client), "unsent")
        assert.strictEqual(yield* deliveryOf(HttpClient.retry({ times: 1 })), delivery)
      })
  )

  it.scoped("makes the provider acquire after two refreshes", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox.Sandbox
      const sends: Array<string> = []
      let isBroken = false
      // Each refresh reaches the platform, its answer is lost, and the next connection is refused.
      const client = HttpClient.transform(yield* HttpClient.HttpClient, (send, request) =>
        Effect.suspend(() => {
          sends.push(request.url)
          return isBroken && request.url.endsWith("refresh_token")
            ? Effect.flatMap(Effect.exit(send), () =>
              Effect.fail(
                new HttpClientError.RequestError({
                  request,
                  reason: "Transport",
                  cause: sends.length % 2 === 1 ? refused : reset
                })
              ))
            : send
        }))
      const services = yield* Layer.build(
        Jindouyun.layer({ username: "user1", password: Redacted.make("pass1") }).pipe(
          Layer.provide(Layer.succeed(HttpClient.HttpClient, HttpClient.retry(client, { times: 1 })))
        )
      )
      const provider = Context.get(services, TokenProvider.TokenProvider)
      yield* inTime(provider.accessToken)
      isBroken = true
      yield* inTime(provider.refresh)
      assert.deepInclude(yield* sandbox.requests, { acquire: 2 })
      assert.strictEqual(sends.filter((url) => url.endsWith("refresh_token")).length, 4)
    }).pipe(Effect.provide(Sandbox.layerHttpClient())))
})
