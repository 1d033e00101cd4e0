import { assert, describe, it } from "@effect/vitest"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"

const password = "Gs9!hush"

/** Sends a request that the platform has no report for. */
const visit = (sandbox: Sandbox.Service, path: string, origin = "http://127.0.0.1:8080") =>
  sandbox.request(
    { method: "POST", origin, path, query: "", headers: {}, body: new Uint8Array(0) },
    (_, end) => Effect.sync(end)
  )

const acquire = (sandbox: Sandbox.Service) => {
  const body = new TextEncoder().encode(JSON.stringify({ username: "user1", password }))
  const headers = { apiversion: "3", "content-type": "application/json;charset=UTF-8" }
  return sandbox.request(
    { method: "POST", origin: "http://127.0.0.1", path: "/api/access_token", query: "", headers, body },
    (delivery, end) => {
      end()
      const text = delivery._tag === "Whole" ? new TextDecoder().decode(delivery.body) : ""
      return Effect.succeed(
        (JSON.parse(text) as { readonly data: Record<"accessToken" | "refreshToken", string> }).data
      )
    }
  )
}

const escaped = (text: string, escape: (code: string) => string) =>
  Array.from(text, (char) => escape(char.charCodeAt(0).toString(16).padStart(2, "0"))).join("")

const base64 = (text: string) => Buffer.from(text).toString("base64")

const encodings: ReadonlyArray<readonly [name: string, encode: (text: string) => string]> = [
  ["as it is", (text) => text],
  ["percent", (text) => escaped(text, (code) => `%${code}`)],
  ["percent twice", (text) => escaped(text, (code) => `%25${code}`)],
  ["JSON", (text) => escaped(text, (code) => `\\u00${code}`)],
  ["HTML", (text) => escaped(text, (code) => `&#x${code};`)],
  ["base64", base64],
  ["base64 behind a character", (text) => base64(`x${text}`)],
  ["base64 behind two characters", (text) => base64(`xy${text}`)],
  ["hexadecimal", (text) => Buffer.from(text).toString("hex")]
]

/** What a journal may keep of an encoded secret: nothing of eight characters. */
const assertMasked = (journal: unknown, encoded: string) => {
  const text = JSON.stringify(journal).replaceAll("\\\\", "\\")
  for (let at = 4; at + 8 <= encoded.length - 4; at++) {
    assert.notInclude(text, encoded.slice(at, at + 8))
  }
  assert.include(text, "<redacted>")
}

describe("the journal masks", () => {
  for (const [name, encode] of encodings) {
    it.effect(`passwords and tokens, in a path and in a host: ${name}`, () =>
      Effect.gen(function*() {
        const sandbox = yield* Sandbox.make({ password })
        const issued = yield* acquire(sandbox)
        for (const secret of [password, issued.accessToken, issued.refreshToken]) {
          yield* sandbox.clear
          yield* visit(sandbox, `/api/${encode(secret)}/x`)
          yield* visit(sandbox, "/x", `http://${encode(secret)}:8080`)
          const journal = yield* sandbox.journal
          assert.lengthOf(journal, 2)
          assertMasked([journal[0]], encode(secret))
          assertMasked([journal[1]], encode(secret))
        }
      }))

    it.effect(`a token that was issued long ago: ${name}`, () =>
      Effect.gen(function*() {
        const sandbox = yield* Sandbox.make({ password })
        const first = yield* acquire(sandbox)
        yield* Effect.replicateEffect(acquire(sandbox), 300, { discard: true })
        for (const token of Object.values(first)) {
          yield* sandbox.clear
          yield* visit(sandbox, `/api/${encode(token)}/x`)
          assertMasked(yield* sandbox.journal, encode(token))
        }
      }))
  }

  it.effect("a piece of a token, and passwords that are no longer in use", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox.make({ password })
      const { accessToken } = yield* acquire(sandbox)
      yield* sandbox.addAccount({ username: "user1", password: Redacted.make("Kw7!rotated") })
      yield* sandbox.addAccount({ username: "user2", password: Redacted.make("Zz5!removed") })
      yield* sandbox.removeAccount("user2")
      yield* sandbox.configure({ password: "Nn3!configured" })
      yield* sandbox.configure({ password: "last" })
      for (
        const secret of [password, "Kw7!rotated", "Zz5!removed", "Nn3!configured", "last", accessToken.slice(9, 19)]
      ) {
        yield* sandbox.clear
        yield* visit(sandbox, `/api/${secret}/x`)
        const [entry] = yield* sandbox.journal
        assert.strictEqual(entry?.path, "/api/<redacted>/x")
      }
    }))
})

describe("the journal keeps", () => {
  const paths = [
    "/nowhere",
    "/api/report/dayly",
    "/api/报表/日报",
    `/api/${encodeURIComponent("销售日报表按地区")}`,
    "/api/v2/sales-by-region-and-day/2021-12-12"
  ]
  for (const path of paths) {
    it.effect(`the path ${path}`, () =>
      Effect.gen(function*() {
        const sandbox = yield* Sandbox.make()
        yield* acquire(sandbox)
        yield* visit(sandbox, path, "https://jdy.example.com:8443")
        const [, entry] = yield* sandbox.journal
        assert.strictEqual(entry?.path, path)
        assert.strictEqual(entry?.origin, "https://jdy.example.com:8443")
      }))
  }

  it.effect("the beginning of a long path, without the secret that the cut divides", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox.make({ password })
      for (const before of [190, 198, 790, 797]) {
        yield* sandbox.clear
        yield* visit(sandbox, `/${"a-".repeat(before / 2)}${password}${"-b".repeat(5000)}`)
        const [entry] = yield* sandbox.journal
        assert.lengthOf(entry?.path ?? "", 200)
        assert.notInclude(entry?.path, "Gs9")
      }
    }))

  it.effect("the newest 10,000 requests, and counts all", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox.make({ password })
      yield* Effect.replicateEffect(acquire(sandbox), 10_050, { discard: true })
      const journal = yield* sandbox.journal
      assert.lengthOf(journal, 10_000)
      assert.strictEqual(journal[0]?.sequence, 51)
      assert.strictEqual(journal.at(-1)?.sequence, 10_050)
      assert.strictEqual((yield* sandbox.requests).acquire, 10_050)
      assert.strictEqual(yield* Stream.runCount(Stream.take(sandbox.outcomes, 10_000)), 10_000)
    }))
})
