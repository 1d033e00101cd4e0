import * as OpenApi from "@effect/platform/OpenApi"
import { assert, describe, it } from "@effect/vitest"
import { PlatformApi } from "@jindouyun/sandbox"

const { openApi } = PlatformApi
const { "/api/report/echo": echo, ...requests } = openApi.paths

describe("the OpenAPI document", () => {
  it("is one of version 3.1, and can be written as JSON", () => {
    assert.strictEqual(openApi.openapi, "3.1.0")
    assert.isString(openApi.info.title)
    assert.deepStrictEqual(JSON.parse(JSON.stringify(openApi)), openApi)
  })

  it("has the two paths of the platform's document and one of the sandbox, by POST only", () => {
    assert.deepStrictEqual(Object.keys(openApi.paths), ["/api/access_token", "/api/refresh_token", "/api/report/echo"])
    for (const path of Object.values(openApi.paths)) {
      assert.deepStrictEqual(Object.keys(path), ["post"])
    }
  })

  it("asks a request for the content type to the letter and for APIVersion 3", () => {
    for (const path of Object.values(requests)) {
      assert.deepStrictEqual(Object.keys(path.post?.requestBody?.content ?? {}), ["application/json;charset=UTF-8"])
      assert.deepEqual<unknown>(path.post?.parameters, [
        { name: "APIVersion", in: "header", required: true, schema: { type: "integer", enum: [3] } }
      ])
    }
  })

  it("asks for the fields of the document, a refresh token under either of its two names", () => {
    const text = { type: "string" }
    const object = (fields: Readonly<Record<string, unknown>>) => ({
      type: "object",
      required: Object.keys(fields),
      properties: fields,
      additionalProperties: false
    })
    const bodies = Object.values(requests).map((path) =>
      Object.values(path.post?.requestBody?.content ?? {})[0]?.schema
    )
    assert.deepEqual<unknown>(bodies, [
      { ...object({ username: text, password: text }), examples: [{ username: "user1", password: "pass1" }] },
      {
        anyOf: [object({ refreshToken: text }), object({ refresh_token: text })],
        examples: [{ refreshToken: "7mWz2RkHvBtAn5SxYd4GjC6uPiLe8QoF" }]
      }
    ])
  })

  it("asks the sandbox's report for an access token, and says whose it is", () => {
    assert.deepEqual<unknown>(echo?.post?.parameters, [
      { name: "accessToken", in: "header", required: true, schema: { type: "string" } }
    ])
    assert.include(echo?.post?.summary, "a report of the sandbox, which the platform does not have")
  })

  it("promises an envelope and nothing else", () => {
    for (const path of Object.values(openApi.paths)) {
      assert.deepStrictEqual(Object.keys(path.post?.responses ?? {}), ["200"])
      assert.deepStrictEqual(
        Object.keys(path.post?.responses[200]?.content ?? {}),
        ["application/json;charset=UTF-8"]
      )
    }
    assert.sameMembers(Object.keys(openApi.components.schemas), ["TokenEnvelope", "EchoEnvelope"])
  })

  it("refers to schemas that exist", () => {
    const references = [...JSON.stringify(openApi).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)]
    assert.isNotEmpty(references)
    for (const [, name = ""] of references) {
      assert.property(openApi.components.schemas, name)
    }
  })

  it("is what the API itself prints", () => {
    assert.strictEqual(OpenApi.fromApi(PlatformApi.PlatformApi), openApi)
  })
})
