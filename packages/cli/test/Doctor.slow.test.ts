import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { execFileSync } from "node:child_process"
import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as RedisServer from "../../redis/test/redisServer.js"
import { account, type Home, makeHome, serve, signedIn } from "./command.js"

const isRoot = process.getuid?.() === 0

const canMount = isRoot && (() => {
  try {
    execFileSync("unshare", ["--mount", "mount", "-t", "tmpfs", "tmpfs", "/tmp"], { stdio: "ignore" })
    return true
  } catch {
    return false
  }
})()

const mounted = (folder: string, options: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      execFileSync("mount", ["-t", "tmpfs", "-o", `size=64k,mode=700,${options}`, "tmpfs", folder])
    }),
    () => Effect.sync(() => execFileSync("umount", [folder]))
  )

const content = (folder: string) =>
  existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }).sort() : undefined

const faults: ReadonlyArray<{
  readonly name: string
  readonly when: boolean
  readonly make: (home: Home) => Effect.Effect<unknown, never, Scope.Scope>
  readonly code: RegExp
}> = [
  { name: "a disk that is read-only", when: canMount, make: ({ state }) => mounted(state, "ro"), code: /EROFS/ },
  {
    name: "a full disk",
    when: canMount,
    make: ({ state }) =>
      Effect.tap(mounted(state, ""), () =>
        Effect.sync(() => {
          try {
            writeFileSync(join(state, "filler"), new Uint8Array(1 << 20))
          } catch {
            // It is full now.
          }
        })),
    code: /ENOSPC/
  },
  {
    name: "a file in place of the folder",
    when: true,
    make: ({ home }) => Effect.sync(() => writeFileSync(join(home, "state"), "")),
    code: /state .*is a file, but must be a folder|ENOTDIR/
  },
  {
    name: "a loop of links",
    when: true,
    make: ({ home }) => Effect.sync(() => symlinkSync("state", join(home, "state"))),
    code: /ELOOP/
  },
  {
    name: "a folder that others have access to",
    when: true,
    make: ({ state }) =>
      Effect.sync(() => {
        mkdirSync(join(state, "tokens"), { recursive: true, mode: 0o700 })
        chmodSync(join(state, "tokens"), 0o755)
      }),
    code: /tokens .*mode 755.*chmod 700/
  }
]

describe("doctor tries what the store will need", () => {
  it.scopedLive("and leaves nothing behind, not even a folder", () =>
    Effect.gen(function*() {
      const { url } = yield* serve()
      const { home, start } = yield* makeHome
      const { code, err, out } = yield* start(["doctor"], { env: account(url) })
      assert.strictEqual(code, 0, err)
      assert.match(out, /ok +store writes +a lease and a save work/)
      assert.deepStrictEqual(content(home), [])
      const used = yield* signedIn(url)
      const before = content(used.state)
      assert.strictEqual((yield* used.start(["doctor"], { env: account(url) })).code, 0)
      assert.deepStrictEqual(content(used.state), before)
    }), 60_000)

  for (const { code, make, name, when } of faults) {
    it.scopedLive.skipIf(!when)(`and finds ${name}`, () =>
      Effect.gen(function*() {
        const { url } = yield* serve()
        const home = yield* makeHome
        yield* make(home)
        const before = content(home.home)
        const outcome = yield* home.start(["doctor"], { env: account(url) })
        assert.notStrictEqual(outcome.code, 0)
        assert.match(outcome.out + outcome.err, code)
        if (/EROFS|ENOSPC/.test(code.source)) {
          assert.match(outcome.err, /XDG_STATE_HOME.*--store redis/)
        }
        assert.deepStrictEqual(content(home.home), before)
      }), 60_000)
  }

  it.scopedLive.skipIf(!RedisServer.isInstalled)("in Redis too", () =>
    Effect.gen(function*() {
      const { url } = yield* serve()
      const redis = yield* RedisServer.start()
      const { home, start } = yield* makeHome
      const env = { ...account(url), JINDOUYUN_REDIS_URL: `redis://127.0.0.1:${redis.port}` }
      const { code, err, out } = yield* start(["doctor", "--store", "redis"], { env })
      assert.strictEqual(code, 0, err)
      assert.match(out, /ok +store writes +a lease and a save work/)
      assert.deepStrictEqual(content(home), [])
    }), 60_000)
})
