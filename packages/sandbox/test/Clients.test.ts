import { assert, describe, it } from "@effect/vitest"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as SandboxServer from "@jindouyun/sandbox/SandboxServer"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { execFile, spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

const has = (command: string, ...args: ReadonlyArray<string>) => spawnSync(command, args).status === 0

const program = (name: string) => fileURLToPath(new URL(`clients/${name}`, import.meta.url))

/** Runs a client against a server of its own, and closes the server in less than two seconds. */
const output = (command: string, args: (url: string) => ReadonlyArray<string>, requests = 3) =>
  Effect.gen(function*() {
    const scope = yield* Scope.make()
    const context = yield* Layer.buildWithScope(SandboxServer.layer(), scope)
    const { journal, url } = yield* Effect.all({
      journal: Effect.map(Sandbox.Sandbox, ({ journal }) => journal),
      url: Effect.map(SandboxServer.SandboxServer, ({ url }) => url)
    }).pipe(Effect.provide(context))
    const { stdout } = yield* Effect.promise(() => promisify(execFile)(command, args(url), { timeout: 25_000 }))
    assert.lengthOf(yield* journal, requests)
    const [took] = yield* Effect.timed(Scope.close(scope, Exit.void))
    assert.isBelow(Duration.toMillis(took), 2000)
    return stdout.trim().split("\n")
  })

const json = ["-H", "Content-Type: application/json;charset=UTF-8", "-H", "APIVersion: 3"]
const login = ["-d", "{\"username\":\"user1\",\"password\":\"pass1\"}"]

describe.skipIf(!has("curl", "--version"))("curl", () => {
  for (
    const options of [[], ["--http1.1"], ["--http2"], ["--http1.0"], ["-H", "Expect: 100-continue"], [
      "-H",
      "Transfer-Encoding: chunked"
    ]]
  ) {
    it.live(`acquires with ${options.join(" ") || "no option"}`, () =>
      Effect.gen(function*() {
        const [body, version] = yield* output(
          "curl",
          (
            url
          ) => [
            "-sS",
            "-w",
            "\n%{http_version} %{num_connects}",
            ...options,
            ...json,
            ...login,
            `${url}/api/access_token`
          ],
          1
        )
        assert.include(body, "\"code\":\"20000\"")
        assert.strictEqual(version, "1.1 1")
      }))
  }
})

// The JDK compiles the program, so a runtime alone is not enough.
describe.skipIf(!has("javac", "-version"))("java.net.http (JDK)", () => {
  it.live("acquires, calls a report and refreshes", () =>
    Effect.gen(function*() {
      const answers = yield* output("java", (url) => ["-XX:TieredStopAtLevel=1", program("Client.java"), url])
      assert.deepStrictEqual(answers, Array.from({ length: 3 }, () => "HTTP_1_1 200 {\"code\":\"20000\""))
    }))
})

describe.skipIf(!has("python3", "--version"))("Python (python3)", () => {
  it.live("acquires, calls a report and refreshes, also with chunked bodies and over HTTP/1.0", () =>
    Effect.gen(function*() {
      const answers = yield* output("python3", (url) => [program("client.py"), url], 9)
      assert.deepStrictEqual(answers, [
        "urllib 20000 20000 20000",
        "chunked 20000 20000 20000",
        "HTTP/1.0 20000 20000 20000"
      ])
    }))
})

describe.skipIf(!has("go", "version"))("Go (go)", () => {
  it.live("acquires, calls a report and refreshes", () =>
    Effect.gen(function*() {
      const answers = yield* output("go", (url) => ["run", program("client.go"), url])
      assert.deepStrictEqual(answers, Array.from({ length: 3 }, () => "HTTP/1.1 200 20000"))
    }))
})
