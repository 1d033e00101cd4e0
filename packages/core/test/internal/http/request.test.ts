import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Request from "../../../src/internal/http/request.js"
import * as JindouyunConfig from "../../../src/JindouyunConfig.js"

const config = Either.getOrThrow(JindouyunConfig.make({ baseUrl: "http://localhost:1234" }))

/** The request that is made of a content. */
const written = (content: Request.Content) =>
  Effect.gen(function*() {
    const seen: Array<HttpClientRequest.HttpClientRequest> = []
    const client = HttpClient.make((request) => {
      seen.push(request)
      return Effect.succeed(HttpClientResponse.fromWeb(request, new Response(`{"code":20000}`)))
    })
    const send = yield* Request.make.pipe(
      Effect.provideService(HttpClient.HttpClient, client),
      Effect.provideService(JindouyunConfig.JindouyunConfig, config)
    )
    const span = yield* Effect.makeSpan("test")
    yield* send({ method: "POST", path: "/api/x", data: Schema.Unknown })({ content: () => content, secrets: [], span })
    const [request] = seen
    return request ?? (yield* Effect.dieMessage("nothing was sent"))
  })

describe("request", () => {
  it.effect("what has no body is sent without one, and without a type of it", () =>
    Effect.gen(function*() {
      const { body, headers } = yield* written({})
      assert.strictEqual(body._tag, "Empty")
      assert.deepStrictEqual({ ...headers }, { apiversion: "3", "accept-encoding": "identity" })
    }))

  it.effect("a header of the caller's is sent besides those that all requests have", () =>
    Effect.gen(function*() {
      const { headers } = yield* written({ headers: { "X-Shop": "1" } })
      assert.deepStrictEqual({ ...headers }, { "x-shop": "1", apiversion: "3", "accept-encoding": "identity" })
    }))
})
