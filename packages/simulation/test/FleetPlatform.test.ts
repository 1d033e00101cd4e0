import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Platform from "../runs/fleet/platform.js"

const options: Platform.Options = {
  username: "user1",
  password: "pass1",
  accessLifetime: 60_000,
  refreshLifetime: 60_000,
  latency: () => 0
}

interface Envelope {
  readonly code: string
  readonly message: string
  readonly data: { readonly accessToken: string; readonly refreshToken: string }
}

const headers = { "Content-Type": "application/json;charset=UTF-8", "APIVersion": "3" }
const credentials = { username: "user1", password: "pass1" }

const post = (
  port: number,
  path: string,
  body: unknown,
  changes: Readonly<Record<string, string>> = {},
  method = "POST"
): Effect.Effect<Envelope> =>
  Effect.promise(async () => {
    const response = await fetch(`http://127.0.0.1:${port}/api/${path}`, {
      method,
      headers: { ...headers, ...changes },
      ...(method === "POST" ? { body: JSON.stringify(body) } : {})
    })
    return await response.json() as Envelope
  })

const report = (port: number, changes: Readonly<Record<string, string>>) =>
  Effect.promise(async () => {
    const response = await fetch(`http://127.0.0.1:${port}/api/report/echo`, { headers: changes })
    return (await response.json() as Envelope).code
  })

describe("the strict platform of a fleet", () => {
  it.scopedLive.each([
    {
      name: "a field of another name",
      path: "access_token",
      body: { user: "user1", password: "pass1" },
      code: "40000"
    },
    { name: "one more field", path: "access_token", body: { ...credentials, grant: "password" }, code: "40000" },
    { name: "a missing field", path: "access_token", body: { username: "user1" }, code: "40000" },
    { name: "a number as password", path: "access_token", body: { username: "user1", password: 1 }, code: "40000" },
    { name: "the field of the Java example", path: "refresh_token", body: { refresh_token: "x" }, code: "40000" },
    { name: "a body that is no object", path: "refresh_token", body: "text", code: "40000" },
    { name: "a form", path: "access_token", type: "application/x-www-form-urlencoded", code: "40000" },
    { name: "JSON without its charset", path: "access_token", type: "application/json", code: "40000" },
    { name: "another version", path: "access_token", version: "2", code: "30005" },
    { name: "another method", path: "access_token", method: "GET", code: "40000" },
    { name: "an unknown path", path: "token", code: "40000" },
    { name: "a wrong password", path: "access_token", body: { username: "user1", password: "x" }, code: "40001" }
  ])(
    "refuses $name with $code, and records a violation",
    ({ body = credentials, code, method, path, type, version }) =>
      Effect.gen(function*() {
        const platform = yield* Platform.make(options)
        const port = yield* platform.open(7)
        const answer = yield* post(port, path, body, {
          ...(type === undefined ? {} : { "Content-Type": type }),
          ...(version === undefined ? {} : { "APIVersion": version })
        }, method)
        assert.strictEqual(answer.code, code)
        assert.lengthOf(platform.violations, 1)
        assert.include(platform.violations[0], "process 7 sent")
      })
  )

  it.scopedLive("accepts a refresh token once, and only that of the newest pair", () =>
    Effect.gen(function*() {
      const platform = yield* Platform.make(options)
      const port = yield* platform.open(1)
      const first = yield* post(port, "access_token", credentials)
      assert.deepInclude(first, { code: "20000", message: "数据返回正确" })
      const refresh = ({ data }: Envelope) => post(port, "refresh_token", { refreshToken: data.refreshToken })
      const second = yield* refresh(first)
      assert.strictEqual(second.code, "20000")
      assert.strictEqual((yield* refresh(first)).code, "40003")
      const third = yield* post(port, "access_token", credentials)
      assert.strictEqual((yield* refresh(second)).code, "40003")
      assert.strictEqual((yield* refresh(third)).code, "20000")
      assert.deepStrictEqual(platform.violations, [])
    }))

  it.scopedLive("accepts a report call with the newest access token only, and none without the header", () =>
    Effect.gen(function*() {
      const platform = yield* Platform.make(options)
      const port = yield* platform.open(1)
      const { data: first } = yield* post(port, "access_token", credentials)
      assert.strictEqual(yield* report(port, { accessToken: first.accessToken }), "20000")
      const { data: second } = yield* post(port, "refresh_token", { refreshToken: first.refreshToken })
      assert.strictEqual(yield* report(port, { accessToken: first.accessToken }), "40003")
      assert.strictEqual(yield* report(port, {}), "40003")
      assert.strictEqual(yield* report(port, { accessToken: second.accessToken }), "20000")
    }))

  it.scopedLive("refuses tokens that have expired", () =>
    Effect.gen(function*() {
      const platform = yield* Platform.make({ ...options, accessLifetime: 1, refreshLifetime: 1 })
      const port = yield* platform.open(1)
      const { data } = yield* post(port, "access_token", credentials)
      yield* Effect.sleep(5)
      assert.strictEqual(yield* report(port, { accessToken: data.accessToken }), "40003")
      assert.strictEqual((yield* post(port, "refresh_token", { refreshToken: data.refreshToken })).code, "40003")
    }))

  it.scopedLive("records the process of each request, when it arrived and when it ended, and counts overlaps", () =>
    Effect.gen(function*() {
      const platform = yield* Platform.make({ ...options, latency: () => 200 })
      const [one, other] = [yield* platform.open(1), yield* platform.open(2)]
      yield* Effect.all([
        post(one, "access_token", credentials),
        Effect.delay(post(other, "access_token", credentials), 50)
      ], { concurrency: 2 })
      yield* post(one, "access_token", credentials)
      assert.deepStrictEqual(platform.requests.map(({ process }) => process), [1, 2, 1])
      for (const { arrivedAt, endedAt = 0 } of platform.requests) {
        assert.isAtLeast(endedAt - arrivedAt, 190)
      }
      assert.deepStrictEqual(platform.overlaps.map(({ earlier, later }) => [earlier.process, later.process]), [[1, 2]])
    }))

  it.scopedLive("ends a request when its connection is gone", () =>
    Effect.gen(function*() {
      const platform = yield* Platform.make({ ...options, latency: () => 10_000 })
      const port = yield* platform.open(1)
      const abort = new AbortController()
      const lost = fetch(`http://127.0.0.1:${port}/api/access_token`, {
        method: "POST",
        headers,
        body: JSON.stringify(credentials),
        signal: abort.signal
      }).catch(() => undefined)
      while (platform.requests.length === 0) {
        yield* Effect.sleep(5)
      }
      abort.abort()
      yield* Effect.promise(() => lost)
      const next = fetch(`http://127.0.0.1:${port}/api/access_token`, {
        method: "POST",
        headers,
        body: JSON.stringify(credentials),
        signal: AbortSignal.timeout(100)
      }).catch(() => undefined)
      yield* Effect.promise(() => next)
      assert.lengthOf(platform.requests, 2)
      assert.isDefined(platform.requests[0]?.endedAt)
      assert.deepStrictEqual(platform.overlaps, [])
    }))
})
