import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { execFileSync } from "node:child_process"
import { chmodSync, chownSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type Home, makeHome, serve, signedIn } from "./command.js"

const isRoot = process.getuid?.() === 0
const nobody = 65_534

const password = { JINDOUYUN_PASSWORD: "pass1" }

/** A home that is signed in and has a config file. */
const setting = Effect.gen(function*() {
  const { sandbox, url } = yield* serve()
  const home = yield* signedIn(url)
  mkdirSync(home.config, { recursive: true, mode: 0o700 })
  const files = { "config file": join(home.config, "config.json"), "last login": join(home.state, "last-login.json") }
  writeFileSync(files["config file"], `{"earlyRefresh":"0"}`, { mode: 0o600 })
  return { files, home, sandbox }
})

const changes: ReadonlyArray<{
  readonly name: string
  readonly needsRoot?: boolean
  readonly change: (path: string, home: Home) => void
  readonly refusal: RegExp
}> = [
  { name: "that others can write", change: (path) => chmodSync(path, 0o666), refusal: /mode 666\).*chmod go-w/ },
  {
    name: "of another user",
    needsRoot: true,
    change: (path) => chownSync(path, nobody, nobody),
    refusal: /owner 65534.*chown/
  },
  {
    name: "in a folder that others can write",
    change: (path) => chmodSync(join(path, ".."), 0o777),
    refusal: /jindouyun \(owner [0-9]+, mode 777\).*chmod go-w/
  },
  {
    name: "behind a link to a file that others can write",
    change: (path, { home }) => {
      renameSync(path, join(home, "target"))
      chmodSync(join(home, "target"), 0o666)
      symlinkSync(join(home, "target"), path)
    },
    refusal: /target \(owner [0-9]+, mode 666\)/
  },
  {
    name: "that is a fifo",
    change: (path) => {
      renameSync(path, `${path}.old`)
      execFileSync("mkfifo", ["-m", "600", path])
    },
    refusal: /is a fifo/
  }
]

describe("a file that other users can change", () => {
  for (const which of ["config file", "last login"] as const) {
    for (const { change, name, needsRoot, refusal } of changes) {
      it.scopedLive.skipIf(needsRoot === true && !isRoot)(
        `is refused before a password is sent: the ${which} ${name}`,
        () =>
          Effect.gen(function*() {
            const { files, home, sandbox } = yield* setting
            change(files[which], home)
            const before = yield* sandbox.requests
            for (const command of ["token", "login", "doctor"]) {
              const { code, err } = yield* home.start([command], { env: password }).pipe(Effect.timeout("20 seconds"))
              assert.strictEqual(code, 3, `${command}: ${err}`)
              assert.match(err, refusal)
              assert.include(err, which)
            }
            assert.deepStrictEqual(yield* sandbox.requests, before)
          }),
        60_000
      )
    }
  }

  it.scopedLive("is found by doctor among the files of the store", () =>
    Effect.gen(function*() {
      const { home } = yield* setting
      chmodSync(join(home.state, "tokens"), 0o777)
      const { code, err, out } = yield* home.start(["doctor"], { env: password })
      assert.strictEqual(code, 7, err)
      assert.match(out, /failed +.*tokens \(owner [0-9]+, mode 777\)/)
    }))

  it.scopedLive("does not concern a file that is in order", () =>
    Effect.gen(function*() {
      const { home } = yield* setting
      const { code, err } = yield* home.start(["token"], { env: password })
      assert.strictEqual(code, 0, err)
      assert.strictEqual((yield* (yield* makeHome).run("--version")).code, 0)
    }))
})
