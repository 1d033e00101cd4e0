import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { serve as serveRedis } from "../../redis/test/fakeRedis.js"
import { account, makeHome, serve } from "./command.js"

const probe = ["doctor", "--probe"]

describe("doctor --probe", () => {
  it.scopedLive("sends refused credentials once, whichever command met the refusal", () =>
    Effect.gen(function*() {
      const { sandbox, url } = yield* serve()
      const { start } = yield* makeHome
      const run = (command: ReadonlyArray<string>, JINDOUYUN_PASSWORD: string) =>
        start([...command], { env: { ...account(url), JINDOUYUN_PASSWORD } })
      const acquisitions = Effect.map(sandbox.requests, ({ acquire }) => acquire)
      assert.notStrictEqual((yield* run(["token"], "wrong1")).code, 0)
      for (const [index, password] of ["wrong1", "wrong2", "wrong1", "wrong2", "wrong2"].entries()) {
        const { code, err } = yield* run(probe, password)
        assert.strictEqual(code, 4, err)
        assert.strictEqual(yield* acquisitions, index === 0 ? 1 : 2, password)
        if (index !== 1) {
          assert.match(err, /refusal is from \d{4}-.*no request was sent/)
          assert.match(err, /jindouyun login/)
        }
      }
      assert.match((yield* run(["token"], "wrong2")).err, /no request was sent/)
      assert.strictEqual(yield* acquisitions, 2)

      // The right password is another one, and its success does not lift the refusals.
      assert.strictEqual((yield* run(probe, "pass1")).code, 0)
      assert.match((yield* run(probe, "wrong1")).err, /no request was sent/)
      assert.strictEqual(yield* acquisitions, 3)
      const token = yield* run(["token"], "pass1")
      assert.strictEqual(token.code, 0, token.err)
      assert.strictEqual(yield* acquisitions, 3)
    }))

  it.scopedLive("keeps the stored pair if it meets a refusal", () =>
    Effect.gen(function*() {
      const { sandbox, url } = yield* serve()
      const { start } = yield* makeHome
      const env = account(url)
      const before = yield* start(["token"], { env })
      assert.strictEqual((yield* start(probe, { env: { ...env, JINDOUYUN_PASSWORD: "wrong" } })).code, 4)
      assert.strictEqual((yield* start(["token"], { env })).out, before.out)
      assert.strictEqual((yield* sandbox.requests).acquire, 2)
    }))

  for (const [pair, refused] of [["acquired", 2], ["refreshed", 3]] as const) {
    it.scopedLive(`fails with exit code 7 if the store refuses the ${pair} pair`, () =>
      Effect.gen(function*() {
        const { url } = yield* serve()
        // The first save is that of the check.
        let saves = 0
        const records = new Map<string, string>()
        const redis = yield* serveRedis(([name, script = "", , key = "", , record = ""]) => {
          if (name === "HGET") {
            const stored = records.get(script)
            return stored === undefined ? "$-1" : `$${stored.length}\r\n${stored}`
          }
          if (script.includes("'record', ARGV[1]")) {
            saves += 1
            if (saves === refused) {
              return ":0"
            }
            records.set(key, record)
            return ":1"
          }
          return script.includes("'SET'") ? "$1\r\n7" : ":1"
        })
        const { start } = yield* makeHome
        const { code, err } = yield* start(probe, {
          env: {
            ...account(url),
            JINDOUYUN_STORE: "redis",
            JINDOUYUN_REDIS_URL: `redis://127.0.0.1:${redis.port}`
          }
        })
        assert.strictEqual(code, 7, err)
        assert.match(err, /token store: save failed: the account was logged out/)
      }))
  }
})
