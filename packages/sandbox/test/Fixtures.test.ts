import { assert, describe, it } from "@effect/vitest"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as SandboxServer from "@jindouyun/sandbox/SandboxServer"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { readFileSync } from "node:fs"
import { roundTrip } from "./support/rawSocket.js"

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}.http`, import.meta.url))

interface Message {
  readonly status: string
  readonly contentType: string
  readonly body: { readonly code: unknown; readonly message: unknown; readonly data: Readonly<Record<string, unknown>> }
}

const parse = (bytes: Buffer): Message => {
  const [head = "", body = ""] = bytes.toString("utf8").split("\r\n\r\n")
  return {
    status: head.split(" ", 2)[1] ?? "",
    contentType: /^content-type: (.*)$/im.exec(head)?.[1]?.trim() ?? "",
    body: JSON.parse(body) as Message["body"]
  }
}

// The document's own pair, as though the platform had issued it.
const documented = {
  accessToken: Redacted.make("2UuHnZ8acWTUnLIOnh3wAO7hPeVz1HzH"),
  refreshToken: Redacted.make("9xZ0k4E8m9QOYw8vltDeSsb0i8JlaGts")
}

const answerTo = (name: string) =>
  Effect.gen(function*() {
    yield* (yield* Sandbox.Sandbox).issue(documented)
    const { url } = yield* SandboxServer.SandboxServer
    const { bytes, error } = yield* Effect.promise(() => roundTrip(url, fixture(name)))
    assert.isUndefined(error)
    return parse(bytes)
  })

describe("the platform and the raw messages of the document", () => {
  for (const codeType of ["string", "number"] as const) {
    const expected = parse(fixture(`success-${codeType}-code`))

    for (const name of ["acquire-request", "acquire-request-java-example"]) {
      it.live(`${name} is answered like success-${codeType}-code, with tokens of the same form`, () =>
        Effect.gen(function*() {
          const { body, ...head } = yield* answerTo(name)
          const { body: expectedBody, ...expectedHead } = expected
          assert.deepStrictEqual(head, expectedHead)
          assert.deepStrictEqual({ ...body, data: {} }, { ...expectedBody, data: {} })
          assert.deepStrictEqual(Object.keys(body), ["code", "message", "data"])
          assert.deepStrictEqual(Object.keys(body.data), Object.keys(expectedBody.data))
          for (const [field, token] of Object.entries(body.data)) {
            assert.match(String(token), /^[0-9A-Za-z]{32}$/, field)
            assert.notStrictEqual(token, expectedBody.data[field])
          }
        }).pipe(Effect.provide(SandboxServer.layer({ codeType }))))
    }

    // The document's refresh example answers the very pair of its acquisition example.
    for (const name of ["refresh-request", "refresh-request-java-example"]) {
      it.live(`${name} is answered like success-${codeType}-code, field by field`, () =>
        Effect.gen(function*() {
          assert.deepStrictEqual(yield* answerTo(name), expected)
        }).pipe(Effect.provide(SandboxServer.layer({ codeType, earlyRefresh: "samePair" }))))
    }
  }

  it.live("acquire-request-wrong-password is answered like refusal-by-convention, field by field", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* answerTo("acquire-request-wrong-password"), parse(fixture("refusal-by-convention")))
    }).pipe(Effect.provide(SandboxServer.layer({ codeType: "number" }))))
})
