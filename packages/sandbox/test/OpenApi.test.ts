import { assert, describe, it } from "@effect/vitest"
import * as ControlApi from "@jindouyun/sandbox/ControlApi"
import * as ControlError from "@jindouyun/sandbox/ControlError"
import * as PlatformApi from "@jindouyun/sandbox/PlatformApi"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { bodies, examples } from "../src/internal/examples.js"
import { FaultFromJson } from "../src/internal/faultFromJson.js"
import { send } from "./support/carriers.js"
import { server } from "./support/control.js"

describe("the OpenAPI document of the server", () => {
  const { openApi } = ControlApi
  const operations = Object.entries(openApi.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ name: `${method} ${path}`, ...operation }))
  )

  it("can be written as JSON, and every reference in it leads somewhere", () => {
    const text = JSON.stringify(openApi)
    assert.deepStrictEqual(JSON.parse(text), openApi)
    for (const [, name] of text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)) {
      assert.property(openApi.components.schemas, name ?? "")
    }
  })

  it("has the requests, the report and every operation of the control API, each with a summary and a name of its own", () => {
    assert.includeMembers(operations.map(({ name }) => name), [
      "post /api/access_token",
      "post /api/refresh_token",
      "post /api/report/echo",
      "get /_sandbox/accounts",
      "post /_sandbox/clock/advance"
    ])
    assert.strictEqual(new Set(operations.map(({ operationId }) => operationId)).size, operations.length)
    for (const { name, summary } of operations) {
      assert.isString(summary, name)
    }
  })

  it("promises InvalidRequest where there is a body to be wrong, and nothing that is never answered", () => {
    for (const { name, requestBody, responses } of operations) {
      const isOurs = name.includes("/_sandbox") && requestBody !== undefined
      assert.strictEqual(responses[400] !== undefined, isOurs, name)
    }
    assert.notInclude(JSON.stringify(openApi), "HttpApiDecodeError")
  })

  it("marks secrets as such that only go in", () => {
    assert.deepInclude(JSON.parse(JSON.stringify(openApi.components.schemas["NewAccount"])), {
      properties: {
        username: { type: "string", description: "a text that is not empty", title: "nonEmptyString", minLength: 1 },
        password: { type: "string", format: "password", writeOnly: true }
      }
    })
  })

  it("has an example of every schema and every body, which the schema accepts", () => {
    const scalars = ["NonNegative", "DateTimeUtc", "DateTimeZoned"]
    assert.sameMembers(Object.keys(openApi.components.schemas), [...Object.keys(examples), ...scalars])
    const schemas: Record<string, unknown> = { ...ControlApi, ...ControlError, ...PlatformApi, Fault: FaultFromJson }
    for (const [name, example] of Object.entries(examples)) {
      const decode = Schema.decodeUnknownSync(schemas[name] as Schema.Schema<unknown>, { onExcessProperty: "error" })
      assert.doesNotThrow(() => decode(example), name)
      assert.deepInclude(openApi.components.schemas[name], { examples: [example] })
    }
    for (const { name, requestBody } of operations) {
      const [media] = Object.values(requestBody?.content ?? {})
      if (media !== undefined && !("$ref" in media.schema)) {
        assert.deepInclude(media.schema, { examples: [bodies[name.replace("post ", "")]] }, name)
      }
    }
    assert.doesNotThrow(() => Schema.decodeUnknownSync(ControlApi.Revocation)(bodies["/_sandbox/tokens/revoke"]))
  })

  it("leaves out the stream of events, for which a page would wait for ever", () => {
    assert.notProperty(openApi.paths, ControlApi.eventsPath)
  })

  it("declares the key of every operation of the control API, and says that it is for tests only", () => {
    for (const { name, security } of operations) {
      assert.deepEqual<unknown>(security, name.includes("/_sandbox") ? [{}, { controlKey: [] }] : [], name)
    }
    assert.deepEqual<unknown>(openApi.components.securitySchemes, {
      controlKey: { type: "apiKey", name: "X-Sandbox-Key", in: "header" }
    })
    assert.include(openApi.info.description, "not for production")
  })

  it("names no server, so that a page sends its requests where it came from", () => {
    assert.isUndefined(openApi.servers)
  })

  it.live("is at /openapi.json and in the page, as it is", () =>
    Effect.gen(function*() {
      const answer = yield* send("/openapi.json", undefined, { method: "GET" })
      assert.deepStrictEqual(JSON.parse(answer.text), openApi)
      const page = yield* send("/docs", undefined, { method: "GET" })
      assert.include(page.text, "X-Sandbox-Key")
      assert.include(page.text, "not for production")
    }).pipe(Effect.provide(server())))
})
