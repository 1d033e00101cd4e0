import { assert, describe, it, vi } from "@effect/vitest"
import * as Jindouyun from "@jindouyun/core/Jindouyun"
import * as TokenProvider from "@jindouyun/core/TokenProvider"
import type * as TokenStore from "@jindouyun/core/TokenStore"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { inspect } from "node:util"
import * as RedisTokenStore from "../src/RedisTokenStore.js"
import * as RedisServer from "./redisServer.js"
import { account, clientOf, granted, record } from "./support.js"

// In the password of the URL and in the tokens of `record`.
const canary = "canary"

const renderings = (value: unknown): string =>
  `${String(value)} ${JSON.stringify(value, withBigInts)} ${
    inspect(value, { depth: 20, showHidden: true, getters: true })
  }`

const withBigInts = (_name: string, value: unknown) => typeof value === "bigint" ? String(value) : value

/** Every operation, and everything that can be seen of how it ended. */
const seenOf = (store: TokenStore.Service) =>
  Effect.gen(function*() {
    const exits: ReadonlyArray<Exit.Exit<unknown, unknown>> = yield* Effect.all([
      Effect.exit(store.save(account, record(1), Option.none())),
      Effect.exit(store.load(account)),
      Effect.exit(Effect.flatMap(granted(store), (lease) =>
        Effect.zipRight(lease.renew, store.save(account, record(2), Option.some(lease))))),
      Effect.exit(store.clear(account))
    ])
    const failures = exits.filter(Exit.isFailure)
    return {
      failures: failures.length,
      text: [store, ...exits].map(renderings).concat(failures.map(({ cause }) =>
        Cause.pretty(cause)
      )).join("\n")
    }
  })

/** What is written past the loggers, by ioredis for example. */
const unlogged = Effect.acquireRelease(
  Effect.sync(() => {
    let text = ""
    const spies = (["log", "info", "warn", "error", "debug", "trace"] as const).map((name) =>
      vi.spyOn(console, name).mockImplementation((...parameters: ReadonlyArray<unknown>) => {
        text += inspect(parameters, { depth: 20 })
      })
    )
    return { text: () => text, restore: () => spies.forEach((spy) => spy.mockRestore()) }
  }),
  ({ restore }) => Effect.sync(restore)
)

const situations: ReadonlyArray<[string, Parameters<typeof RedisServer.start>[0] & {}, string]> = [
  ["the password is wrong", { parameters: ["--requirepass", "right"] }, `:${canary}-password@`],
  ["the user is unknown", {}, `${canary}-user:${canary}-password@`],
  ["no password is wanted", { parameters: ["--maxmemory", "1"] }, `:${canary}-password@`],
  ["the memory is used up", { parameters: ["--maxmemory", "1"] }, ""],
  ["it is a replica", { parameters: ["--replicaof", "127.0.0.1 1"] }, ""],
  ["the commands are refused", { config: "user default on nopass ~* -@all +hget" }, ""],
  ["the keys are refused", { config: "user default on nopass ~another:* +@all" }, ""],
  ["the command has another name", { parameters: ["--rename-command", "EVAL", "OTHER"] }, ""]
]

describe.skipIf(!RedisServer.isInstalled)("no secret is shown by the Redis store", () => {
  for (const [when, options, credentials] of situations) {
    it.scopedLive(`when ${when}`, () =>
      Effect.gen(function*() {
        const { text } = yield* unlogged
        const { port } = yield* RedisServer.start(options)
        const store = yield* RedisTokenStore.make({ url: Redacted.make(`redis://${credentials}127.0.0.1:${port}`) })
        const seen = yield* seenOf(store)
        assert.isAtLeast(seen.failures, 1)
        assert.notInclude(seen.text, canary)
        assert.notInclude(text(), canary)
      }))
  }

  it.scopedLive("when the connection is lost in the middle of a save, whoever's it is", () =>
    Effect.gen(function*() {
      const { text } = yield* unlogged
      const port = yield* RedisServer.freePort
      const client = yield* clientOf(port, { maxRetriesPerRequest: 0 })
      for (const options of [{ url: Redacted.make(`redis://127.0.0.1:${port}`) }, { client }]) {
        const server = yield* RedisServer.start({ port })
        const store = yield* RedisTokenStore.make(options)
        yield* store.load(account)
        yield* server.kill("SIGSTOP")
        const saving = yield* Effect.fork(seenOf(store))
        yield* Effect.sleep("100 millis")
        yield* server.kill("SIGKILL")
        const seen = yield* Fiber.join(saving)
        assert.isAtLeast(seen.failures, 1)
        assert.notInclude(seen.text, canary)
      }
      assert.notInclude(text(), canary)
    }))

  it.scopedLive("in what a provider says of a store that fails", () =>
    Effect.gen(function*() {
      const { port } = yield* RedisServer.start({ parameters: ["--maxmemory", "1", "--requirepass", canary] })
      const lines: Array<string> = []
      const logger = Logger.make((line) => {
        lines.push(renderings(line), ...[line.message].flat().map(renderings), Cause.pretty(line.cause))
      })
      const seen = yield* Effect.exit(
        Effect.flatMap(TokenProvider.TokenProvider, (provider) => Effect.zip(provider.accessToken, provider.status))
          .pipe(
            Effect.provide(
              Jindouyun.layer({
                username: "user1",
                password: Redacted.make("pass1"),
                acquireWithoutStore: true
              }).pipe(
                Layer.provide(RedisTokenStore.layer({ url: Redacted.make(`redis://:${canary}@127.0.0.1:${port}`) })),
                Layer.provide(Sandbox.layerHttpClient())
              )
            ),
            Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
            Logger.withMinimumLogLevel(LogLevel.All)
          )
      )
      assert.isTrue(Exit.isSuccess(seen))
      assert.include(lines.join(), "OOM")
      assert.notInclude(renderings(seen) + lines.join(), canary)
    }))
})
