import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { execFileSync } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { account, bin, makeHome, serve } from "./command.js"

const isRoot = process.getuid?.() === 0
const path = { PATH: process.env["PATH"] ?? "" }

/** Runs the command with this environment and no other, as another user if one is given. */
const bare = (env: { readonly [name: string]: string }, args: ReadonlyArray<string>, user?: number) =>
  Effect.promise(async () => {
    const { spawn } = await import("node:child_process")
    const cwd = mkdtempSync(join(tmpdir(), "jindouyun-places-"))
    return await new Promise<{ code: number | null; out: string; err: string; left: ReadonlyArray<string> }>(
      (resolve) => {
        const child = spawn(process.execPath, [bin, ...args], {
          cwd,
          env: { ...path, ...env },
          timeout: 20_000,
          killSignal: "SIGKILL",
          ...(user === undefined ? {} : { uid: user, gid: user })
        })
        let [out, err] = ["", ""]
        child.stdout.on("data", (chunk) => out += String(chunk))
        child.stderr.on("data", (chunk) => err += String(chunk))
        child.stdin.end()
        child.on("close", (code) => {
          resolve({ code, out, err, left: readdirSync(cwd) })
          rmSync(cwd, { recursive: true })
        })
      }
    )
  })

/** A user without an entry in the system's table of users. */
const stranger = 54321

const canBeStranger = isRoot && (() => {
  try {
    execFileSync(process.execPath, [bin, "--version"], { uid: stranger, gid: stranger, env: path, cwd: "/" })
    return true
  } catch {
    return false
  }
})()

describe("the paths", () => {
  for (const environment of [{}, { HOME: "" }, { HOME: "not/absolute" }, { XDG_STATE_HOME: "", XDG_CONFIG_HOME: "" }]) {
    it.scopedLive(`are not needed by token --store none (${JSON.stringify(environment)})`, () =>
      Effect.gen(function*() {
        const { url } = yield* serve()
        const { code, err, left, out } = yield* bare({ ...account(url), ...environment }, ["token", "--store", "none"])
        assert.strictEqual(code, 0, err)
        assert.isNotEmpty(out)
        assert.deepStrictEqual(left, [])
      }))
  }

  it.scopedLive.skipIf(!canBeStranger)(
    "of a user without a home are not needed by token --store none (as root only)",
    () =>
      Effect.gen(function*() {
        const { url } = yield* serve()
        const { code, err } = yield* bare(account(url), ["token", "--store", "none"], stranger)
        assert.strictEqual(code, 0, err)
      })
  )

  it.scopedLive.skipIf(!canBeStranger)(
    "of a user without a home fail the file store, which names HOME (as root only)",
    () =>
      Effect.gen(function*() {
        const { url } = yield* serve()
        const { code, err } = yield* bare(account(url), ["token"], stranger)
        assert.strictEqual(code, 3, err)
        assert.match(err, /HOME is not set/)
        assert.match(err, /XDG_STATE_HOME/)
      })
  )

  it.scopedLive.skipIf(process.platform !== "linux")(
    "in which nothing can be created fail at once with the code",
    () =>
      Effect.gen(function*() {
        const { url } = yield* serve()
        const { home } = yield* makeHome
        for (const args of [["doctor"], ["token"]]) {
          const env = { ...account(url), HOME: home, XDG_STATE_HOME: "/proc/jindouyun" }
          const { err, out } = yield* bare(env, args)
          assert.match(out + err, /ENOENT \(makeDirectory \/proc\/jindouyun/)
        }
      })
  )

  it.scopedLive("ignore a relative or empty XDG_STATE_HOME, as the specification requires", () =>
    Effect.gen(function*() {
      const { url } = yield* serve()
      for (const XDG_STATE_HOME of ["", "relative/state", "./state"]) {
        const { home } = yield* makeHome
        const { code, err, left } = yield* bare({ ...account(url), HOME: home, XDG_STATE_HOME }, ["token"])
        assert.strictEqual(code, 0, err)
        assert.isTrue(existsSync(join(home, ".local/state/jindouyun/tokens")))
        assert.deepStrictEqual(left, [])
      }
    }))

  // The system answers ENOENT, and Node creates folders there without end if it is asked to create them recursively.
  it.scopedLive.skipIf(!existsSync("/proc/self"))(
    "where the system creates no folder fail each command that saves, and doctor",
    () =>
      Effect.gen(function*() {
        const { url } = yield* serve()
        const env = { ...account(url), HOME: "/proc" }
        const rows = [["login", 7], ["refresh", 7], ["logout", 7], ["token", 7], ["doctor", 7], ["status", 0]] as const
        for (const [command, expected] of rows) {
          const { code, err } = yield* bare(env, [command])
          assert.strictEqual(code, expected, `${command}: ${err}`)
          if (expected === 7) {
            assert.match(err, /ENOENT \(makeDirectory \/proc\/\.local.*XDG_STATE_HOME/, command)
          }
        }
      }),
    60_000
  )
})
