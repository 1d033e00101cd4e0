import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Endpoint from "../src/Endpoint.js"
import * as PlatformClient from "../src/PlatformClient.js"

class QuotaExceeded extends Data.TaggedError("QuotaExceeded")<Endpoint.Refusal> {}

const daily = Endpoint.make({
  path: "/api/report/daily",
  parameters: Schema.Struct({ day: Schema.DateFromString }),
  data: Schema.Struct({ on: Schema.Date }),
  errors: { 41001: QuotaExceeded }
})
const parameters = Schema.Struct({ id: Schema.String })
const read = Endpoint.make({ method: "GET", path: "/api/report/:id", parameters, data: Schema.String })
const remove = Endpoint.make({ method: "DELETE", path: "/api/report/:id", parameters, data: Schema.String })
const plain = Endpoint.make({ path: "/api/report/plain", data: Schema.Number })

const refused = new QuotaExceeded({ code: 41001, returnMessage: "no more", endpoint: daily.path })

const called = <A, E>(use: (client: PlatformClient.Service) => Effect.Effect<A, E>) =>
  Effect.flatMap(PlatformClient.PlatformClient, use)

const defectOf = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(Effect.sandbox(effect)), (cause) => {
    assert.isTrue(Option.isNone(Cause.failureOption(cause)))
    return Cause.pretty(cause)
  })

describe("the client for tests", () => {
  it.effect("calls the handler of an endpoint, with decoded parameters and data", () => {
    const on = new Date(0)
    const layer = PlatformClient.layerTest({
      "/api/report/daily": PlatformClient.handle(daily, ({ day }) => Effect.succeed({ on: day })),
      "/api/report/plain": PlatformClient.handle(plain, () => Effect.succeed(7))
    })
    return Effect.gen(function*() {
      assert.deepStrictEqual(yield* called(({ call }) => call(daily)({ day: on })), { on })
      assert.strictEqual(yield* called(({ call }) => call(plain)()), 7)
    }).pipe(Effect.provide(layer))
  })

  it.effect("fails as the handler fails", () =>
    Effect.gen(function*() {
      const failure = yield* Effect.flip(called(({ call }) => call(daily)({ day: new Date(0) })))
      assert.strictEqual(failure, refused)
    }).pipe(
      Effect.provide(PlatformClient.layerTest({
        "/api/report/daily": PlatformClient.handle(daily, () => Effect.fail(refused))
      }))
    ))

  it.effect("tells the methods of a path apart, and finds an endpoint that was made again", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* called(({ call }) => call(read)({ id: "1" })), "read 1")
      assert.strictEqual(yield* called(({ call }) => call(remove)({ id: "1" })), "removed 1")
      const again = Endpoint.make({ method: "GET", path: "/api/report/:id", parameters, data: Schema.String })
      assert.strictEqual(yield* called(({ call }) => call(again)({ id: "2" })), "read 2")
    }).pipe(
      Effect.provide(PlatformClient.layerTest({
        "/api/report/:id": [
          PlatformClient.handle(read, ({ id }) => Effect.succeed(`read ${id}`)),
          PlatformClient.handle(remove, ({ id }) => Effect.succeed(`removed ${id}`))
        ]
      }))
    ))

  it.effect("a call without a handler is a defect that names the endpoint and the handlers", () =>
    Effect.gen(function*() {
      const some = PlatformClient.layerTest({
        "/api/report/daily": PlatformClient.handle(daily, () => Effect.fail(refused)),
        "/api/report/:id": PlatformClient.handle(read, () => Effect.succeed(""))
      })
      const call = called(({ call }) => call(plain)())
      assert.include(
        yield* defectOf(Effect.provide(call, some)),
        "PlatformClient.layerTest: POST /api/report/plain has no handler; there are POST /api/report/daily, GET /api/report/:id"
      )
      assert.include(
        yield* defectOf(Effect.provide(called(({ call }) => call(remove)({ id: "1" })), some)),
        "PlatformClient.layerTest: DELETE /api/report/:id has no handler"
      )
      assert.include(yield* defectOf(Effect.provide(call, PlatformClient.layerTest({}))), "there are none")
    }))

  it.effect("parameters that the platform could not be sent are the defect that they are without the layer", () =>
    Effect.gen(function*() {
      const layer = PlatformClient.layerTest({
        "/api/report/:id": PlatformClient.handle(read, () => Effect.succeed("")),
        "/api/report/daily": PlatformClient.handle(daily, () => Effect.fail(refused))
      })
      const emptyId = called(({ call }) => call(read)({ id: "" }))
      assert.include(
        yield* defectOf(Effect.provide(emptyId, layer)),
        "Endpoint /api/report/:id: parameters: id is empty"
      )
      const noDay = called(({ call }) => call(daily)({ day: "2030" } as never))
      assert.include(yield* defectOf(Effect.provide(noDay, layer)), "Endpoint /api/report/daily: parameters: day")
    }))

  it.effect("a request through httpClient is a defect that names what to use, and repeats no URL", () =>
    Effect.gen(function*() {
      const text = yield* defectOf(called(({ httpClient }) => httpClient.get("/api/report/daily?key=secret")))
      assert.include(
        text,
        "PlatformClient.layerTest: a GET request through httpClient is not sent; use Sandbox.layerHttpClient"
      )
      assert.notInclude(text, "secret")
    }).pipe(Effect.provide(PlatformClient.layerTest({}))))

  it("a handler stands under the path of its endpoint, once for each method", () => {
    const handler = PlatformClient.handle(read, () => Effect.succeed(""))
    assert.throws(
      () => PlatformClient.layerTest({ "/api/report": handler } as never),
      TypeError,
      "PlatformClient.layerTest: /api/report has the handler of GET /api/report/:id"
    )
    assert.throws(
      () => PlatformClient.layerTest({ "/api/report/:id": [handler, handler] }),
      TypeError,
      "PlatformClient.layerTest: GET /api/report/:id has two handlers"
    )
  })
})
