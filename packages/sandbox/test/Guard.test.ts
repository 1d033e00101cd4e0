import { assert, describe, it } from "@effect/vitest"
import * as Fault from "@jindouyun/sandbox/Fault"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as SandboxServer from "@jindouyun/sandbox/SandboxServer"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Os from "node:os"
import { roundTrip } from "./support/rawSocket.js"

interface Answer {
  readonly status: number
  readonly headers: string
  readonly body: string
}

/** Sends a request whose headers are exactly these. */
const ask = (method: string, path: string, headers: ReadonlyArray<string>, body = "") =>
  Effect.gen(function*() {
    const { url } = yield* SandboxServer.SandboxServer
    const length = body === "" ? [] : [`Content-Length: ${body.length}`]
    const text = [`${method} ${path} HTTP/1.1`, ...headers, ...length, "Connection: close", "", body].join("\r\n")
    const { bytes } = yield* Effect.promise(() => roundTrip(url, text))
    const [head = "", rest = ""] = bytes.toString().split("\r\n\r\n")
    return { status: Number(head.slice(9, 12)), headers: head.toLowerCase(), body: rest } satisfies Answer
  })

const local = "Host: 127.0.0.1:8080"
const json = "Content-Type: application/json"
const account = "{\"username\":\"user2\",\"password\":\"pass2\"}"

const problem = ({ body }: Answer) =>
  (JSON.parse(body) as { readonly problems: ReadonlyArray<{ readonly field: string }> }).problems[0]?.field

const server = (options?: SandboxServer.Options) => Layer.orDie(SandboxServer.layer({ control: true, ...options }))

const pages = ["/", "/docs", "/openapi.json", "/favicon.ico", "/_sandbox", "/_sandbox/accounts", "/_sandbox//accounts"]

describe("the control API and its pages answer", () => {
  const hosts = [
    "127.0.0.1:8080",
    "127.0.0.1",
    "127.8.9.1:1",
    "localhost",
    "LocalHost:8080",
    "localhost.",
    "localhost.:8080",
    "[::1]",
    "[::1]:8080",
    "[0:0:0:0:0:0:0:1]:8080"
  ]
  for (const host of hosts) {
    it.live(`a request to the host ${host}`, () =>
      Effect.gen(function*() {
        assert.strictEqual((yield* ask("GET", "/_sandbox/accounts", [`hOST: ${host}`])).status, 200)
        assert.strictEqual((yield* ask("GET", "/docs", [`Host: ${host}`])).status, 200)
        const own = [`Host: ${host}`, `Origin: http://${host}`, "Sec-Fetch-Site: same-origin", json]
        assert.strictEqual((yield* ask("POST", "/_sandbox/accounts", own, account)).status, 200)
      }).pipe(Effect.provide(server())))
  }

  for (
    const type of ["application/json", "Application/JSON", "application/json;charset=UTF-8", "application/json ; a=b"]
  ) {
    it.live(`a body of the type ${type}`, () =>
      Effect.gen(function*() {
        const { status } = yield* ask("POST", "/_sandbox/accounts", [local, `content-TYPE: ${type}`], account)
        assert.strictEqual(status, 200)
      }).pipe(Effect.provide(server())))
  }

  it.live("a request that a user typed into a browser, and one without a body and without a type", () =>
    Effect.gen(function*() {
      for (const path of pages.filter((path) => path !== "/_sandbox")) {
        const { headers, status } = yield* ask("GET", path, [local, "Sec-Fetch-Site: none"])
        assert.include([200, 204, 302], status, path)
        assert.include(headers, "x-content-type-options: nosniff")
        assert.match(headers, /content-security-policy: (default-src 'none'; .*; )?frame-ancestors 'none'/)
      }
      assert.strictEqual((yield* ask("DELETE", "/_sandbox/faults", [local])).status, 204)
    }).pipe(Effect.provide(server())))

  it.live("/ with the page, whose policy allows its own script only", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* ask("HEAD", "/", [local])).status, 200)
      const { body, headers, status } = yield* ask("GET", "/", [local])
      assert.strictEqual(status, 200)
      assert.include(body, "<!doctype html>")
      assert.match(
        headers,
        /content-security-policy: default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'; connect-src 'self'/
      )
      // Other methods are the platform's.
      assert.include((yield* ask("POST", "/", [local])).body, "\"code\":\"40000\"")
    }).pipe(Effect.provide(server())))
})

describe("the control API and its pages refuse", () => {
  const foreign: ReadonlyArray<readonly [field: string, headers: ReadonlyArray<string>]> = [
    ["Host", ["Host: evil.example"]],
    ["Host", ["Host: evil.example:8080"]],
    ["Host", ["Host: localhost.evil.example"]],
    ["Host", ["Host: 127.0.0.1.evil.example"]],
    ["Host", ["Host: evil.example."]],
    ["Host", ["Host: sub.localhost"]],
    ["Host", ["Host: localhost.."]],
    ["Host", ["Host: user@localhost"]],
    ["Host", ["Host: localhost#.evil.example"]],
    ["Host", ["Host: localhost/.evil.example"]],
    ["Host", ["Host: localhost:99999"]],
    ["Host", ["Host: 192.168.1.5:8080"]],
    ["Host", ["Host: 0.0.0.0:8080"]],
    ["Host", ["Host: [fe80::1]:8080"]],
    ["Host", ["Host:"]],
    ["Host", ["Host: evil.example", "X-Forwarded-Host: localhost"]],
    ["Origin", [local, "Origin: http://evil.example"]],
    ["Origin", [local, "ORIGIN: https://evil.example:8080"]],
    ["Origin", [local, "Origin: null"]],
    ["Origin", [local, "Origin:"]],
    ["Origin", [local, "Origin: http://127.0.0.1:3000"]],
    ["Origin", [local, "Origin: http://127.0.0.1"]],
    ["Origin", [local, "Origin: http://localhost:8080"]],
    ["Origin", [local, "Origin: file://"]],
    ["Origin", [local, "Origin: http://127.0.0.1:8080", "Origin: http://evil.example"]],
    ["Sec-Fetch-Site", [local, "Sec-Fetch-Site: cross-site"]],
    ["Sec-Fetch-Site", [local, "sec-fetch-site: same-site"]],
    ["Sec-Fetch-Site", [local, "Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: cross-site"]],
    ["Sec-Fetch-Site", [local, "Sec-Fetch-Site:"]]
  ]
  for (const [field, headers] of foreign) {
    it.live(`${headers.join(", ")}`, () =>
      Effect.gen(function*() {
        for (const path of pages) {
          const answer = yield* ask("GET", path, headers)
          assert.strictEqual(answer.status, 403, path)
          assert.strictEqual(problem(answer), field, path)
          assert.notInclude(answer.body, "evil")
        }
        for (const method of ["POST", "OPTIONS"]) {
          assert.strictEqual((yield* ask(method, "/_sandbox/accounts", [...headers, json], account)).status, 403)
        }
        assert.deepStrictEqual(yield* (yield* Sandbox.Sandbox).accounts, ["user1"])
      }).pipe(Effect.provide(server())))
  }

  it.live("a target with a foreign origin", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* ask("GET", "http://evil.example/_sandbox/accounts", [local])).status, 403)
    }).pipe(Effect.provide(server())))

  const types = [
    "text/plain",
    "text/plain;application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=a",
    "application/jsonp",
    "application/json-patch+json",
    "application",
    ""
  ]
  for (const type of [undefined, ...types]) {
    it.live(`a body ${type === undefined ? "without a type" : `of the type '${type}'`}`, () =>
      Effect.gen(function*() {
        const headers = type === undefined ? [local] : [local, `Content-Type: ${type}`]
        for (
          const [method, path, body] of [
            ["POST", "/_sandbox/accounts", account],
            ["PATCH", "/_sandbox/behaviour", "{\"failureStatus\":500}"]
          ] as const
        ) {
          const answer = yield* ask(method, path, headers, body)
          assert.strictEqual(answer.status, 415)
          assert.strictEqual(problem(answer), "Content-Type")
          assert.include(answer.body, "expected\":\"application/json")
        }
        const sandbox = yield* Sandbox.Sandbox
        assert.deepStrictEqual(yield* sandbox.accounts, ["user1"])
        assert.strictEqual((yield* sandbox.behaviour).failureStatus, 200)
      }).pipe(Effect.provide(server())))
  }
})

describe("the platform", () => {
  for (
    const page of [
      [local, "Origin: http://evil.example"],
      [local, "Origin: null"],
      [local, "Sec-Fetch-Site: cross-site"],
      [local, "Sec-Fetch-Site: same-site"],
      ["Host: evil.example:8080", "Origin: http://evil.example:8080", "Sec-Fetch-Site: same-origin"]
    ]
  ) {
    it.live(`refuses a page with ${page.join(", ")}, which takes no fault and no pair`, () =>
      Effect.gen(function*() {
        const sandbox = yield* Sandbox.Sandbox
        yield* sandbox.inject("acquire", Fault.html502)
        for (const type of [json, "Content-Type: text/plain"]) {
          const { headers, status } = yield* ask("POST", "/api/access_token", [...page, type], account)
          assert.strictEqual(status, 403)
          assert.include(headers, "content-security-policy: sandbox\r\n")
        }
        assert.strictEqual((yield* sandbox.faults).acquire.length, 1)
        assert.deepStrictEqual(yield* sandbox.requests, { acquire: 0, refresh: 0, report: 0 })
      }).pipe(Effect.provide(server())))
  }

  it.live("answers whatever the host, and no browser runs its answers", () =>
    Effect.gen(function*() {
      const foreign = ["Host: evil.example"]
      for (
        const path of [
          "/api/access_token",
          "/_SANDBOX/accounts",
          "/%5fsandbox/accounts",
          "//_sandbox/accounts",
          "/_sandboxes"
        ]
      ) {
        const { body, headers } = yield* ask("POST", path, [...foreign, json, "APIVersion: 3"], account)
        assert.match(body, /"code":"40000"/, path)
        assert.include(headers, "x-content-type-options: nosniff")
        assert.include(headers, "content-security-policy: sandbox\r\n")
      }
      assert.deepStrictEqual(yield* (yield* Sandbox.Sandbox).accounts, ["user1"])
    }).pipe(Effect.provide(server())))

  it.live("answers a planted page so that no browser runs it, also if the page asks for another policy", () =>
    Effect.gen(function*() {
      const headers = { "Content-Type": "text/html", "Content-Security-Policy": "default-src *" }
      const fault = JSON.stringify({
        endpoint: "report",
        fault: { _tag: "RawBody", text: "<script></script>", headers }
      })
      assert.strictEqual((yield* ask("POST", "/_sandbox/faults", [local, json], fault)).status, 200)
      const answer = yield* ask("GET", "/api/report/echo", [local])
      assert.include(answer.body, "<script>")
      assert.match(answer.headers, /content-security-policy: sandbox\r\n/)
      assert.notInclude(answer.headers, "default-src")
    }).pipe(Effect.provide(server())))
})

describe("a control key", () => {
  const key = "X-Sandbox-Key: k1"
  const withKey = server({ controlKey: Redacted.make("k1") })

  it.live("lets a request with any host pass", () =>
    Effect.gen(function*() {
      for (const host of ["evil.example", "192.168.1.5:8080", "127.0.0.1"]) {
        const headers = [`Host: ${host}`, "x-sandbox-KEY: k1", json, `Origin: http://${host}`]
        assert.strictEqual((yield* ask("POST", "/_sandbox/accounts", headers, account)).status, 200)
      }
    }).pipe(Effect.provide(withKey)))

  it.live("is required on every path of the control API, and on no page", () =>
    Effect.gen(function*() {
      for (const wrong of [[], ["X-Sandbox-Key:"], ["X-Sandbox-Key: k2"], [key, key], ["Cookie: X-Sandbox-Key=k1"]]) {
        for (
          const path of [
            "/_sandbox",
            "/_sandbox/accounts",
            "/_sandbox/journal/events",
            "/_sandbox/accounts?X-Sandbox-Key=k1"
          ]
        ) {
          const answer = yield* ask("GET", path, [local, ...wrong])
          assert.strictEqual(answer.status, 403)
          assert.strictEqual(problem(answer), "X-Sandbox-Key")
          assert.notInclude(answer.body, "k1")
        }
      }
      for (const path of ["/", "/docs", "/openapi.json"]) {
        assert.isBelow((yield* ask("GET", path, ["Host: 192.168.1.5:8080"])).status, 400)
      }
    }).pipe(Effect.provide(withKey)))

  it.live("does not excuse another origin or site", () =>
    Effect.gen(function*() {
      for (const header of ["Origin: http://evil.example", "Sec-Fetch-Site: cross-site"]) {
        assert.strictEqual((yield* ask("GET", "/_sandbox/accounts", [local, key, header])).status, 403)
      }
    }).pipe(Effect.provide(withKey)))

  it.live("is made up where other machines can reach the server, and only there", () =>
    Effect.gen(function*() {
      const service = (options: SandboxServer.Options) =>
        Effect.provide(SandboxServer.SandboxServer, Layer.orDie(SandboxServer.layer(options)))
      for (const host of ["127.0.0.1", "localhost", "127.0.0.2"]) {
        assert.isUndefined((yield* service({ control: true, host })).controlKey)
      }
      const everywhere = yield* Effect.all([0, 1].map(() => service({ control: true, host: "0.0.0.0" })))
      const keys = everywhere.map(({ controlKey }) => controlKey === undefined ? "" : Redacted.value(controlKey))
      keys.forEach((key) => assert.match(key, /^[\w-]{24}$/))
      assert.notStrictEqual(keys[0], keys[1])
      assert.match(everywhere[0]?.url ?? "", /^http:\/\/127\.0\.0\.1:/)
      assert.isUndefined((yield* service({ host: "0.0.0.0" })).controlKey)
    }))

  const hasIPv6 = Object.values(Os.networkInterfaces()).some((all) => all?.some(({ address }) => address === "::1"))
  it.live.skipIf(!hasIPv6)("is not needed on the loopback address of IPv6", () =>
    Effect.gen(function*() {
      const { controlKey, url } = yield* SandboxServer.SandboxServer
      assert.match(url, /^http:\/\/\[::1\]:\d+$/)
      assert.isUndefined(controlKey)
      const response = yield* Effect.promise(() => fetch(`${url}/_sandbox/accounts`))
      assert.strictEqual(response.status, 200)
    }).pipe(Effect.provide(server({ host: "::1" }))))

  for (const text of ["", " ", "a b", "密钥", "a\nb"]) {
    it.live(`cannot be ${JSON.stringify(text)}, and the failure says what would be right`, () =>
      Effect.gen(function*() {
        const layer = SandboxServer.layer({ control: true, controlKey: Redacted.make(text) })
        const error = yield* Effect.flip(Effect.scoped(Layer.build(layer)))
        assert.deepInclude<unknown>(error, {
          _tag: "InvalidConfiguration",
          setting: "controlKey",
          expected: "one or more visible ASCII characters without spaces"
        })
      }))
  }
})
