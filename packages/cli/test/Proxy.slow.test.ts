import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { account, makeHome, serve } from "./command.js"
import { secured, serveProxy } from "./proxy.js"

const secret = "s3cret"
const basic = `Basic ${Buffer.from(`user:${secret}`).toString("base64")}`
const platform = "https://platform.example"

const commands = [
  ["login"],
  ["token"],
  ["refresh"],
  ["call", "/api/report/echo", "--data", "{}"],
  ["call", "/api/report/echo", "--data", "{}", "--raw"],
  ["doctor"],
  ["doctor", "--probe", "--path", "/api/report/echo"]
]

describe("a command behind a proxy", () => {
  it.scopedLive(
    "reaches an https: platform through a tunnel, and sends the proxy its credentials",
    () =>
      Effect.gen(function*() {
        const { url } = yield* serve()
        const { home, start } = yield* makeHome
        const { authority, port } = yield* secured(home, url)
        const proxy = yield* serveProxy({ https: port })
        const env = {
          ...account(platform),
          NODE_EXTRA_CA_CERTS: authority,
          HTTPS_PROXY: `http://user:${secret}@127.0.0.1:${proxy.port}`,
          HTTP_PROXY: "http://127.0.0.1:1"
        }
        for (const command of commands) {
          proxy.asked.length = 0
          const { code, err, out } = yield* start(command, { env })
          assert.strictEqual(code, 0, `${command.join(" ")}: ${err}`)
          assert.notInclude(out + err, secret)
          for (const asked of proxy.asked) {
            assert.deepStrictEqual(asked, { line: "CONNECT platform.example:443", authorization: basic })
          }
          // A valid token costs no request.
          assert.strictEqual(proxy.asked.length > 0, command[0] !== "token", command.join(" "))
          if (command[0] === "doctor") {
            assert.match(
              out,
              new RegExp(`ok +proxy +http://<redacted>@127\\.0\\.0\\.1:${proxy.port} \\(HTTPS_PROXY\\)\n`)
            )
            assert.match(out, /ok +platform +https:\/\/platform\.example answers/)
          }
        }
      }),
    120_000
  )

  it.scopedLive("sends an http: proxy the whole URL, if http: is allowed", () =>
    Effect.gen(function*() {
      const { url } = yield* serve()
      const { start } = yield* makeHome
      const proxy = yield* serveProxy({ http: url })
      const env = { ...account("http://platform.example"), http_proxy: `http://user:${secret}@127.0.0.1:${proxy.port}` }
      const refused = yield* start(["login"], { env })
      assert.strictEqual(refused.code, 3)
      assert.match(refused.err, /baseUrl.* http: to a host that is not loopback.*allowInsecureHttp/)
      assert.isEmpty(proxy.asked)
      for (const command of [["login"], ["call", "/api/report/echo", "--data", "{}"]]) {
        const { code, err } = yield* start(command, { env: { ...env, JINDOUYUN_ALLOW_INSECURE_HTTP: "true" } })
        assert.strictEqual(code, 0, err)
      }
      assert.deepStrictEqual(proxy.asked, [
        { line: "POST http://platform.example/api/access_token", authorization: basic },
        { line: "POST http://platform.example/api/report/echo", authorization: basic }
      ])
    }), 60_000)

  it.scopedLive("never asks it about a loopback platform", () =>
    Effect.gen(function*() {
      const { url } = yield* serve()
      const { start } = yield* makeHome
      const proxy = yield* serveProxy({ status: 500 })
      const address = `http://127.0.0.1:${proxy.port}`
      // Newer versions of Node can send every fetch through the proxy of the environment.
      const env = { ...account(url), HTTP_PROXY: address, HTTPS_PROXY: address, NODE_USE_ENV_PROXY: "1" }
      assert.strictEqual((yield* start(["login"], { env })).code, 0)
      const { code, err, out } = yield* start(["doctor"], { env })
      assert.strictEqual(code, 0, err)
      assert.match(out, /ok +proxy +none: 127\.0\.0\.1:[0-9]+ is a loopback host\n/)
      assert.isEmpty(proxy.asked)
    }), 60_000)

  it.scopedLive("does not ask it about a host of NO_PROXY", () =>
    Effect.gen(function*() {
      const { start } = yield* makeHome
      const proxy = yield* serveProxy({ status: 500 })
      const env = {
        ...account("https://platform.invalid"),
        HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`,
        NO_PROXY: "platform.invalid"
      }
      const { code, err, out } = yield* start(["doctor"], { env })
      assert.strictEqual(code, 6)
      assert.match(out, /ok +proxy +none: NO_PROXY names platform\.invalid\n/)
      assert.include(err, "platform.invalid has no address")
      assert.isEmpty(proxy.asked)
    }), 60_000)
})

describe("a proxy that does not serve", () => {
  it.scopedLive("has one line on stderr, without a warning of Node for an IP address", () =>
    Effect.gen(function*() {
      const { start } = yield* makeHome
      const { port } = yield* serveProxy({})
      const env = { ...account(platform), https_proxy: `https://127.0.0.1:${port}`, JINDOUYUN_MAX_ATTEMPTS: "2" }
      const { code, err } = yield* start(["token", "--json"], { env })
      assert.strictEqual(code, 6, err)
      assert.lengthOf(err.trim().split("\n"), 1, err)
    }), 60_000)

  const failing = (hint: RegExp, status?: number) =>
    Effect.gen(function*() {
      const { start } = yield* makeHome
      // Nothing listens on the port of a closed server.
      const { asked, port } = yield* status === undefined
        ? Effect.scoped(serveProxy({}))
        : serveProxy({ status })
      const env = {
        ...account(platform),
        https_proxy: `http://user:${secret}@127.0.0.1:${port}`,
        JINDOUYUN_MAX_ATTEMPTS: "2"
      }
      for (const command of [["token"], ["token", "--json"], ["call", "/api/x"], ["doctor"], ["doctor", "--probe"]]) {
        asked.length = 0
        const { code, err, out } = yield* start(command, { env })
        assert.strictEqual(code, 6, `${command.join(" ")}: ${err}`)
        assert.match(err, hint)
        assert.include(err, `http://<redacted>@127.0.0.1:${port}`)
        assert.include(err, "https_proxy")
        assert.include(err, "the request was not sent")
        assert.notInclude(out + err, secret)
        assert.notInclude(out + err, basic.slice(6))
        if (status === 407 && command[0] !== "doctor") {
          assert.strictEqual(asked.length, 1)
        }
      }
      const chinese = yield* start(["token"], { env: { ...env, LANG: "zh_CN.UTF-8" } })
      assert.match(chinese.err, /代理 http:\/\/<redacted>@127\.0\.0\.1:[0-9]+/)
      assert.include(chinese.err, "https_proxy")
    })

  it.scopedLive("because it is down is named in the hint", () => failing(/Nothing listens at the proxy/), 120_000)

  it.scopedLive(
    "because it refuses the credentials is named in the hint, and is asked once",
    () => failing(/refuses its username or password \(HTTP 407\)/, 407),
    120_000
  )

  it.scopedLive(
    "because it cannot reach the platform is named in the hint",
    () => failing(/cannot connect to platform\.example:443 \(HTTP 502\)/, 502),
    120_000
  )

  it.scopedLive(
    "because its URL is invalid is an error of each command that sends requests",
    () =>
      Effect.gen(function*() {
        const { start } = yield* makeHome
        for (const value of ["nonsense", `socks5://user:${secret}@127.0.0.1:1080`]) {
          const env = { ...account(platform), HTTPS_PROXY: value }
          for (const command of [["login"], ["token"], ["call", "/api/x"], ["doctor"]]) {
            const { code, err, out } = yield* start(command, { env })
            assert.strictEqual(code, 3, err)
            assert.match(err, /^jindouyun: HTTPS_PROXY is .*http:\/\/proxy\.example:3128/m)
            assert.notInclude(out + err, secret)
          }
          assert.strictEqual((yield* start(["status"], { env })).code, 0)
        }
      }),
    60_000
  )
})
