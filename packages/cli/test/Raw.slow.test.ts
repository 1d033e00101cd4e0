import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { createServer } from "node:http"
import { account, makeHome } from "./command.js"

const canary = /(access|refresh)-canary-\d+/

/** A platform that answers every path with tokens: with a pair at the two paths of the document, elsewhere in a report. */
const indiscreet = Effect.gen(function*() {
  const paths: Array<string> = []
  let issued = 0
  let stored = ""
  const pair = () => {
    issued += 1
    return { accessToken: `access-canary-${issued}`, refreshToken: `refresh-canary-${issued}` }
  }
  const server = createServer((request, response) => {
    const path = String(request.url)
    paths.push(path)
    request.resume()
    request.on("end", () => {
      const isOfCall = request.headers["accesstoken"] !== undefined
      const data = {
        path,
        sent: request.headers["accesstoken"] ?? null,
        known: stored,
        count: 3,
        ...pair(),
        list: [{ access_token: pair().accessToken, "Refresh-Token": { value: pair().refreshToken } }]
      }
      const grant = pair()
      stored = isOfCall ? stored : grant.refreshToken
      const answer = { code: "20000", message: "success", data: isOfCall ? data : grant }
      response.setHeader("content-type", "application/json")
      response.end(JSON.stringify(answer))
    })
  })
  yield* Effect.acquireRelease(
    Effect.async<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
    () => Effect.sync(() => server.close())
  )
  const address = server.address()
  return { paths, url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}` }
})

const tokenPaths = [
  "/access_token",
  "/refresh_token",
  "/api/access_token",
  "/api/refresh_token",
  "/API/Access_Token",
  "/api/x/access_token"
]

describe("jindouyun call prints no token", () => {
  for (const path of [...tokenPaths, "/api/report/daily"]) {
    it.scopedLive(`of ${path}, but the response of the request that was asked for`, () =>
      Effect.gen(function*() {
        const { paths, url } = yield* indiscreet
        const { start } = yield* makeHome
        const env = account(url)
        for (const store of ["none", "file"]) {
          for (const options of [["--raw"], [], ["--raw", "-X", "GET"]]) {
            const { code, err, out } = yield* start(["call", path, "--store", store, ...options], { env })
            assert.strictEqual(code, 0, err)
            assert.notMatch(out + err, canary)
            const printed = JSON.parse(out) as { readonly code: string; readonly data: object; readonly path: string }
            const data = options.includes("--raw") ? printed.data : printed
            assert.deepInclude(data, { path, sent: "<redacted>", accessToken: "<redacted>" })
            assert.propertyVal(data, "count", 3)
            if (options.includes("--raw")) {
              assert.strictEqual(printed.code, "20000")
            }
            assert.include(paths, path)
          }
        }
      }), 60_000)
  }

  it.scopedLive("of a path that is another spelling of those: it is refused", () =>
    Effect.gen(function*() {
      const { paths, url } = yield* indiscreet
      const { start } = yield* makeHome
      const spellings = [
        "/access_token/",
        "//access_token",
        "/api//access_token",
        "/%61ccess_token",
        "/api/access%5Ftoken",
        "/access_token?x=1",
        "/access_token#x",
        "/./access_token",
        "/api/../api/access_token",
        "access_token",
        "http://127.0.0.1/api/access_token",
        "/access_token\\",
        " /access_token"
      ]
      for (const path of spellings) {
        const { code, out } = yield* start(["call", path, "--raw"], { env: account(url) })
        assert.strictEqual(code, 2, path)
        assert.strictEqual(out, "")
      }
      assert.isEmpty(paths)
    }), 60_000)

  it.scopedLive("if the login before the call fails: there is no response to print", () =>
    Effect.gen(function*() {
      const server = createServer((_, response) => response.end(`{"code":"40001","message":"no","data":null}`))
      yield* Effect.acquireRelease(
        Effect.async<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
        () => Effect.sync(() => server.close())
      )
      const address = server.address()
      const url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`
      const { start } = yield* makeHome
      for (const path of tokenPaths) {
        const { code, out } = yield* start(["call", path, "--raw", "--store", "none"], { env: account(url) })
        assert.strictEqual(code, 4)
        assert.strictEqual(out, "")
      }
    }), 60_000)
})
