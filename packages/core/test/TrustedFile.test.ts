import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { execFileSync } from "node:child_process"
import { chmodSync, chownSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as FileTokenStore from "../src/FileTokenStore.js"
import { makePair } from "./utils.js"

const isRoot = process.getuid?.() === 0

/** A folder with `a/b/file`, which is in order. */
const folder = Effect.acquireRelease(
  Effect.sync(() => {
    const folder = mkdtempSync(join(tmpdir(), "jindouyun-trust-"))
    mkdirSync(join(folder, "a/b"), { recursive: true, mode: 0o755 })
    mkdirSync(join(folder, "elsewhere"), { mode: 0o755 })
    writeFileSync(join(folder, "a/b/file"), "text", { mode: 0o644 })
    return folder
  }),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

const read = (path: string, isPrivate = false) =>
  Effect.either(FileTokenStore.readTrusted(path, { isPrivate })).pipe(
    Effect.timeout("2 seconds"),
    Effect.provide(NodeContext.layer)
  )

interface Row {
  readonly name: string
  readonly change: (folder: string) => void
  readonly isPrivate?: boolean
  readonly needsRoot?: boolean
  /** What the refusal names; none if the file is read. */
  readonly refusal?: RegExp
}

/** Moves the file to `elsewhere` and leaves a link to it. */
const link = (folder: string) => {
  renameSync(join(folder, "a/b/file"), join(folder, "elsewhere/file"))
  symlinkSync("../../elsewhere/file", join(folder, "a/b/file"))
}

const nobody = 65_534

const rows: ReadonlyArray<Row> = [
  { name: "in order", change: () => {} },
  { name: "through a link", change: link },
  { name: "in a folder of others with the sticky bit", change: (folder) => chmodSync(join(folder, "a"), 0o1777) },
  { name: "private", change: (folder) => chmodSync(join(folder, "a/b/file"), 0o600), isPrivate: true },
  ...[0o664, 0o646, 0o666, 0o620, 0o602].map((mode): Row => ({
    name: `with mode ${mode.toString(8)}`,
    change: (folder) => chmodSync(join(folder, "a/b/file"), mode),
    refusal: new RegExp(`a/b/file \\(owner [0-9]+, mode ${mode.toString(8)}\\).*chmod go-w`)
  })),
  ...[0o640, 0o604, 0o610, 0o660].map((mode): Row => ({
    name: `private with mode ${mode.toString(8)}`,
    change: (folder) => chmodSync(join(folder, "a/b/file"), mode),
    isPrivate: true,
    refusal: new RegExp(`a/b/file \\(owner [0-9]+, mode ${mode.toString(8)}\\).*chmod 600`)
  })),
  ...["a", "a/b"].flatMap((path) =>
    [0o777, 0o775, 0o757].map((mode): Row => ({
      name: `in ${path} with mode ${mode.toString(8)}`,
      change: (folder) => chmodSync(join(folder, path), mode),
      refusal: new RegExp(`${path} \\(owner [0-9]+, mode ${mode.toString(8)}\\).*chmod go-w`)
    }))
  ),
  ...["a", "a/b", "a/b/file"].map((path): Row => ({
    name: `with ${path} of another user`,
    change: (folder) => chownSync(join(folder, path), nobody, nobody),
    needsRoot: true,
    refusal: new RegExp(`${path} \\(owner 65534, mode [0-9]+\\) belongs to another user: use chown`)
  })),
  {
    name: "through a link to a file that others can write",
    change: (folder) => {
      link(folder)
      chmodSync(join(folder, "elsewhere/file"), 0o666)
    },
    refusal: /elsewhere\/file .*mode 666/
  },
  {
    name: "through a link to a folder that others can write",
    change: (folder) => {
      link(folder)
      chmodSync(join(folder, "elsewhere"), 0o777)
    },
    refusal: /elsewhere \(.*mode 777/
  },
  {
    name: "through a link to a link in a folder that others can write",
    change: (folder) => {
      mkdirSync(join(folder, "open"))
      chmodSync(join(folder, "open"), 0o777)
      renameSync(join(folder, "a/b/file"), join(folder, "elsewhere/file"))
      symlinkSync(join(folder, "elsewhere"), join(folder, "open/hop"))
      symlinkSync(join(folder, "open/hop/file"), join(folder, "a/b/file"))
    },
    refusal: /open \(.*mode 777/
  },
  {
    name: "a loop of links",
    change: (folder) => {
      rmSync(join(folder, "a/b/file"))
      symlinkSync("file", join(folder, "a/b/file"))
    },
    refusal: /ELOOP/
  },
  {
    name: "a folder",
    change: (folder) => {
      rmSync(join(folder, "a/b/file"))
      mkdirSync(join(folder, "a/b/file"))
    },
    refusal: /a\/b\/file .*is a folder, but must be a file/
  },
  {
    name: "a fifo",
    change: (folder) => {
      rmSync(join(folder, "a/b/file"))
      execFileSync("mkfifo", ["-m", "600", join(folder, "a/b/file")])
    },
    refusal: /a\/b\/file .*is a fifo, but must be a file/
  },
  {
    name: "a link to a device",
    change: (folder) => {
      rmSync(join(folder, "a/b/file"))
      symlinkSync("/dev/zero", join(folder, "a/b/file"))
    },
    refusal: /\/dev\/zero .*is a device, but must be a file/
  },
  {
    name: "below a file",
    change: (folder) => {
      rmSync(join(folder, "a/b"), { recursive: true })
      writeFileSync(join(folder, "a/b"), "")
    },
    refusal: /a\/b .*is a file, but must be a folder/
  }
]

describe("a file that decides where secrets go", () => {
  for (const { change, isPrivate, name, needsRoot, refusal } of rows) {
    it.scopedLive.skipIf(needsRoot === true && !isRoot)(
      `${name} is ${refusal === undefined ? "read" : "refused"}`,
      () =>
        Effect.gen(function*() {
          const path = yield* folder
          change(path)
          const outcome = yield* read(join(path, "a/b/file"), isPrivate)
          if (refusal === undefined) {
            assert.strictEqual(new TextDecoder().decode(Option.getOrThrow(Either.getOrThrow(outcome))), "text")
          } else {
            assert.match(Either.getOrThrow(Either.flip(outcome)).detail, refusal)
          }
        })
    )
  }

  it.scopedLive("a socket is refused", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "a/b/socket")
      yield* Effect.acquireRelease(
        Effect.promise(() => {
          const server = createServer()
          return new Promise<typeof server>((resolve) => server.listen(path, () => resolve(server)))
        }),
        (server) => Effect.sync(() => server.close())
      )
      chmodSync(path, 0o600)
      assert.match(Either.getOrThrow(Either.flip(yield* read(path))).detail, /is a socket, but must be a file/)
    }))

  it.scopedLive("that is missing is none", () =>
    Effect.gen(function*() {
      const path = yield* folder
      for (const missing of ["a/b/none", "none/file"]) {
        assert.isTrue(Option.isNone(Either.getOrThrow(yield* read(join(path, missing)))))
      }
    }))
})

const account = "c0ffee".padEnd(64, "0")

describe("the file store", () => {
  const record = {
    generation: 1,
    pair: Option.some(makePair()),
    refusedCredentials: Option.none(),
    earlierRefusals: []
  }
  const replaced: ReadonlyArray<readonly [name: string, replace: (path: string) => void, refusal: RegExp]> = [
    ["a fifo", (path) => execFileSync("mkfifo", ["-m", "600", path]), /is a fifo/],
    ["a link to a device", (path) => symlinkSync("/dev/zero", path), /is a device/],
    ["a folder", (path) => mkdirSync(path, 0o700), /is a folder/],
    ["a dangling link", (path) => symlinkSync("nothing", path), /ENOENT/]
  ]
  for (const [name, replace, refusal] of replaced) {
    it.scopedLive(`refuses ${name} in place of a record at once`, () =>
      Effect.gen(function*() {
        const directory = join(yield* folder, "tokens")
        const store = yield* FileTokenStore.make({ directory })
        yield* store.save(account, record, Option.none())
        const path = join(directory, account, "record.0")
        rmSync(path)
        replace(path)
        const failure = yield* Effect.flip(store.load(account)).pipe(Effect.timeout("2 seconds"))
        assert.match(failure.detail, refusal)
      }).pipe(Effect.provide(NodeContext.layer)))
  }

  it.scopedLive.skipIf(!isRoot)("refuses a record of another user (as root only)", () =>
    Effect.gen(function*() {
      const directory = join(yield* folder, "tokens")
      const store = yield* FileTokenStore.make({ directory })
      yield* store.save(account, record, Option.none())
      chownSync(join(directory, account, "record.0"), nobody, nobody)
      const { detail } = yield* Effect.flip(store.load(account))
      assert.match(detail, /record\.0 \(owner 65534, mode 600\) belongs to another user/)
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scopedLive("refuses a folder below one that others can write", () =>
    Effect.gen(function*() {
      const path = yield* folder
      chmodSync(join(path, "a"), 0o777)
      const store = yield* FileTokenStore.make({ directory: join(path, "a/b/tokens") })
      const { detail } = yield* Effect.flip(store.save(account, record, Option.none()))
      assert.match(detail, /a \(owner [0-9]+, mode 777\).*chmod go-w/)
    }).pipe(Effect.provide(NodeContext.layer)))
})
