/** What passes through `call`: the platform is a plain HTTP server here, because the sandbox only echoes numbers. */
import { assert, describe, it } from "@effect/vitest"
import * as Report from "@jindouyun/sandbox/Report"
import * as Effect from "effect/Effect"
import { writeFileSync } from "node:fs"
import { createServer } from "node:http"
import { join } from "node:path"
import { account, makeHome, serve } from "./command.js"

const numbers = [
  "1285704473650888702",
  "123456789012345678901234567890",
  "-9007199254740993",
  "0.10",
  "1.0",
  "-0",
  "-0.0",
  "1E5",
  "1e5",
  "1e+05",
  "1e400",
  "-1e400",
  "1e-400",
  "0.1234567890123456789012345",
  "9007199254740993.0"
]

const list = `[${numbers.join(",")}]`

const tokens = "{\"accessToken\":\"access1\",\"refreshToken\":\"refresh1\"}"

/** A platform that answers a call with the given text as `data`, and keeps what it was sent. */
const platform = (data: string) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.async<{ readonly close: () => void; readonly url: string; readonly calls: Array<string> }>((resume) => {
        const calls: Array<string> = []
        const server = createServer((request, response) => {
          let body = ""
          request.setEncoding("utf8").on("data", (chunk: string) => {
            body += chunk
          })
          request.on("end", () => {
            const isToken = request.url === "/api/access_token"
            if (!isToken) {
              calls.push(`${request.method} ${request.url} ${body}`)
            }
            response.setHeader("content-type", "application/json")
            response.end(envelope(isToken ? tokens : data))
          })
        }).listen(0, "127.0.0.1", () => {
          const address = server.address()
          const port = typeof address === "object" ? address?.port : undefined
          resume(Effect.succeed({ calls, close: () => server.close(), url: `http://127.0.0.1:${port}` }))
        })
      }),
      ({ close }) => Effect.sync(close)
    ),
    ({ calls, url }) => ({ calls, env: { ...account(url), JINDOUYUN_STORE: "none" } })
  )

const envelope = (data: string) => `{"code":"20000","message":"ok","data":${data}}`

const compact = (text: string) => text.replace(/\s+/g, "")

describe("jindouyun call", () => {
  it.scopedLive.each([
    { options: [] },
    { options: ["--raw"] },
    { options: ["--json"] },
    { options: ["--raw", "--json"] }
  ])("prints numbers as the platform wrote them: $options", ({ options }) =>
    Effect.gen(function*() {
      const data = `{"list":${list}}`
      const { env } = yield* platform(data)
      const { start } = yield* makeHome
      const { code, err, out } = yield* start(["call", "/api/x", ...options], { env })
      assert.strictEqual(code, 0, err)
      assert.strictEqual(compact(out), options.includes("--raw") ? compact(envelope(data)) : data)
    }), 30_000)

  it.scopedLive("prints numbers that are the whole of the data", () =>
    Effect.gen(function*() {
      const { start } = yield* makeHome
      for (const number of ["1285704473650888702", "-0", "1e400"]) {
        const { env } = yield* platform(number)
        assert.strictEqual((yield* start(["call", "/api/x"], { env })).out, `${number}\n`)
      }
    }), 30_000)

  it.scopedLive("sends numbers as they were written, from an argument, a file and stdin", () =>
    Effect.gen(function*() {
      const { calls, env } = yield* platform("{}")
      const { home, start } = yield* makeHome
      const text = `{ "list": ${list} }`
      const file = join(home, "numbers.json")
      writeFileSync(file, `\ufeff${text}\r\n`)
      yield* start(["call", "/api/x", "--data", text], { env })
      yield* start(["call", "/api/x", "--data", `@${file}`], { env })
      yield* start(["call", "/api/x", "--data", "-"], { env, stdin: `\ufeff\n${text}\n` })
      yield* start(["call", "/api/x", "-X", "PUT", "--raw", "--data", "@-"], { env, stdin: text })
      assert.deepStrictEqual(calls, [
        `POST /api/x ${text}`,
        `POST /api/x ${text}`,
        `POST /api/x ${text}`,
        `PUT /api/x ${text}`
      ])
    }), 30_000)

  it.scopedLive("sends numbers as they were written in a query", () =>
    Effect.gen(function*() {
      const { calls, env } = yield* platform("{}")
      const { start } = yield* makeHome
      const members = numbers.map((number, index) => `"n${index}":${number}`).join(",")
      yield* start(["call", "/api/x", "-X", "GET", "--data", `{${members},"list":${list}}`], { env })
      const { searchParams } = new URL(calls[0]?.split(" ")[1] ?? "", "http://x")
      assert.deepStrictEqual(numbers.map((_, index) => searchParams.get(`n${index}`)), numbers)
      assert.deepStrictEqual(searchParams.getAll("list"), numbers)
    }), 30_000)

  it.scopedLive(
    "passes keys and characters through, also those that JavaScript treats in another way",
    () =>
      Effect.gen(function*() {
        const text = "{\"__proto__\":{\"x\":1},\"constructor\":2,\"toJSON\":3,\"lone\":\"\\ud800\",\"\":\"\\u0000\"}"
        const { calls, env } = yield* platform(text)
        const { start } = yield* makeHome
        const { code, err, out } = yield* start(["call", "/api/x", "--data", text], { env })
        assert.strictEqual(code, 0, err)
        assert.strictEqual(compact(out), text)
        assert.deepStrictEqual(calls, [`POST /api/x ${text}`])
      }),
    30_000
  )

  it.scopedLive("prints numbers as they were written if the sandbox echoes them", () =>
    Effect.gen(function*() {
      const { url } = yield* serve()
      const { start } = yield* makeHome
      const env = { ...account(url), JINDOUYUN_STORE: "none" }
      const text = `{"list":${list},"deep":[[{"n":${list}}]]}`
      for (const options of [[], ["--raw"]]) {
        const { code, err, out } = yield* start(["call", Report.echoPath, ...options, "--data", text], { env })
        assert.strictEqual(code, 0, err)
        assert.include(compact(out), `"parameters":${text}`)
      }
    }), 30_000)

  it.scopedLive("reports a response that is nested too deeply to be printed", () =>
    Effect.gen(function*() {
      const { start } = yield* makeHome
      const { env } = yield* platform(`${"[".repeat(100_000)}${"]".repeat(100_000)}`)
      for (const options of [[], ["--raw"]]) {
        const { code, err, out } = yield* start(["call", "/api/x", ...options], { env })
        assert.strictEqual(code, 5, err)
        assert.strictEqual(out, "")
        assert.match(err, /jindouyun: \/api\/x: .*nested too deeply/)
      }
    }), 30_000)
})
