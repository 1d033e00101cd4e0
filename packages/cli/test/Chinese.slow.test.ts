import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { commands } from "../src/CommandLine.js"
import { account, makeHome, serve } from "./command.js"
import { englishIn } from "./english.js"

/** `LC_ALL` has priority over the other variables. */
const chinese = { LC_ALL: "zh_CN.UTF-8", LC_MESSAGES: "C", LANG: "en_US.UTF-8" }

describe("a process with LC_ALL=zh_CN.UTF-8", () => {
  it.scopedLive("prints the help of every command in Chinese", () =>
    Effect.gen(function*() {
      const { start } = yield* makeHome
      for (const args of [["--help"], ["help", "settings"], ...commands.map((command) => [command, "--help"])]) {
        const { code, err, out } = yield* start(args, { env: chinese })
        assert.strictEqual(code, 0, err)
        assert.deepStrictEqual(englishIn(out), [])
      }
    }), 120_000)

  it.scopedLive("prints the requests of the sandbox in Chinese", () =>
    Effect.gen(function*() {
      const { start } = yield* makeHome
      const { code, err, out } = yield* start(["sandbox"], {
        env: chinese,
        whileRunning: (child) => {
          child.stdout?.once("data", (lines: string) => {
            const [url = ""] = /http:\/\/127\.0\.0\.1:[0-9]+/.exec(lines) ?? []
            const send = (path: string, body: string) =>
              fetch(`${url}${path}`, {
                method: "POST",
                headers: { "content-type": "application/json;charset=UTF-8", APIVersion: "3" },
                body
              })
            void Promise.all([
              send("/api/access_token", "{\"username\":\"user1\",\"password\":\"x\"}"),
              send("/api/access_token", "{}"),
              send("/api/report/echo", "{}"),
              send("/api/none", "{}")
            ]).finally(() => setTimeout(() => child.kill("SIGTERM"), 500))
          })
        }
      })
      assert.strictEqual(code, 143, err)
      assert.lengthOf(err.trim().split("\n"), 4)
      assert.include(err, "密码与账号不符")
      assert.deepStrictEqual(englishIn(`${out}\n${err}`), [])
    }), 60_000)

  it.scopedLive("prints doctor and errors in Chinese", () =>
    Effect.gen(function*() {
      const { url } = yield* serve()
      const { start } = yield* makeHome
      const lines: ReadonlyArray<readonly [code: number, args: ReadonlyArray<string>, env: Record<string, string>]> = [
        [0, ["doctor"], account(url)],
        [2, ["token", "--nope"], {}],
        [3, ["token"], { ...account(url), JINDOUYUN_COOLDOWN: "x" }],
        [4, ["login"], { ...account(url), JINDOUYUN_PASSWORD: "wrong" }],
        [5, ["call", "/api/none"], account(url)],
        [6, ["login"], { ...account("http://127.0.0.1:18994"), JINDOUYUN_MAX_ATTEMPTS: "2" }],
        [7, ["token", "--store", "redis"], { ...account(url), JINDOUYUN_REDIS_URL: "redis://127.0.0.1:18993" }]
      ]
      for (const [expected, args, env] of lines) {
        const { code, err, out } = yield* start(args, {
          env: { ...env, ...chinese, JINDOUYUN_RENEWAL_TIMEOUT: "10 seconds" }
        })
        assert.strictEqual(code, expected, err)
        assert.deepStrictEqual(englishIn(`${out}\n${err}`), [])
      }
    }), 120_000)
})
