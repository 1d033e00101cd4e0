import { assert, describe, it } from "@effect/vitest"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as SandboxServer from "@jindouyun/sandbox/SandboxServer"
import * as Effect from "effect/Effect"
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import * as RedisServer from "./redisServer.js"

const program = new URL("../examples/one-token-for-a-fleet.ts", import.meta.url).href

// Its imports are found from the folder of the package.
const start = `import { runPromise } from "effect/Effect"
import { main } from ${JSON.stringify(program)}
await runPromise(main)`

describe.skipIf(!RedisServer.isInstalled)("one token for a fleet", () => {
  it.scopedLive("two processes use one pair", () =>
    Effect.gen(function*() {
      const { url } = yield* SandboxServer.SandboxServer
      const { port } = yield* RedisServer.start()
      const env = {
        PATH: process.env["PATH"],
        JINDOUYUN_BASE_URL: url,
        JINDOUYUN_USERNAME: "user1",
        JINDOUYUN_PASSWORD: "pass1",
        JINDOUYUN_REDIS_URL: `redis://127.0.0.1:${port}`
      }
      const run = Effect.async<string>((resume) => {
        execFile(
          process.execPath,
          ["--import", "tsx", "--input-type=module", "--eval", start],
          { env, cwd: fileURLToPath(new URL("..", import.meta.url)) },
          (error, stdout) => resume(error === null ? Effect.succeed(stdout) : Effect.die(error))
        )
      })
      const outputs = yield* Effect.all([run, run], { concurrency: 2 })
      const generations = outputs.map((output) => /signed in, generation (\d+)/.exec(output)?.[1])
      assert.isDefined(generations[0])
      assert.strictEqual(generations[0], generations[1])
      const { requests } = yield* Sandbox.Sandbox
      assert.deepStrictEqual(yield* requests, { acquire: 1, refresh: 0, report: 0 })
    }).pipe(Effect.provide(SandboxServer.layer())))
})
