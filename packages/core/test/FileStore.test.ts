import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs"
import * as FileTokenStore from "../src/FileTokenStore.js"
import * as TokenStore from "../src/TokenStore.js"
import { assertSame, makeRecord } from "./utils.js"

const account = "c0ffee".padEnd(64, "0")
const duration = Duration.seconds(10)

const granted = (store: TokenStore.Service) => Effect.map(store.lease(account, duration), Option.getOrThrow)

const saveUnderLease = (store: TokenStore.Service, generation: number) =>
  Effect.gen(function*() {
    const lease = yield* granted(store)
    assert.isTrue(yield* store.save(account, makeRecord(generation), Option.some(lease)))
    yield* lease.release
  })

const setting = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const directory = `${yield* fs.makeTempDirectoryScoped()}/state/tokens`
  const store = yield* FileTokenStore.make({ directory })
  const folder = `${directory}/${account}`
  const file = (name: string) => `${folder}/${name}`
  const modeOf = (path: string) => Effect.map(fs.stat(path), ({ mode }) => (mode & 0o777).toString(8))
  return { fs, directory, folder, store, file, modeOf }
})

const inFolder = <A, E>(
  check: (given: Effect.Effect.Success<typeof setting>) => Effect.Effect<A, E>
) => Effect.flatMap(setting, check).pipe(Effect.scoped, Effect.provide(NodeContext.layer))

const detail = <A>(step: Effect.Effect<A, { readonly detail: string }>) =>
  Effect.map(Effect.flip(step), ({ detail }) => detail)

describe("the file store", () => {
  it.live("makes nothing by reading, and a folder and files of its owner's own by writing", () =>
    inFolder(({ directory, file, folder, fs, modeOf, store }) =>
      Effect.gen(function*() {
        assert.isTrue(Option.isNone(yield* store.load(account)))
        assert.isFalse(yield* fs.exists(directory))
        yield* saveUnderLease(store, 1)
        assert.strictEqual(yield* modeOf(directory), "700")
        assert.strictEqual(yield* modeOf(folder), "700")
        assert.deepStrictEqual((yield* fs.readDirectory(folder)).sort(), ["lease.1", "record.1"])
        assert.strictEqual(yield* modeOf(file("record.1")), "600")
        assert.strictEqual(yield* modeOf(file("lease.1")), "700")
      })
    ))

  it.live("keeps one file of each kind for an account, however often it is used", () =>
    inFolder(({ folder, fs, store }) =>
      Effect.gen(function*() {
        for (let generation = 1; generation <= 5; generation++) {
          yield* saveUnderLease(store, generation)
        }
        assert.deepStrictEqual((yield* fs.readDirectory(folder)).sort(), ["lease.5", "record.5"])
      })
    ))

  it.live("refuses a record that others can read, and says what to do", () =>
    inFolder(({ file, fs, store }) =>
      Effect.gen(function*() {
        yield* store.save(account, makeRecord(1), Option.none())
        yield* fs.chmod(file("record.0"), 0o640)
        const path = file("record.0")
        assert.match(yield* detail(store.load(account)), /record\.0 \(owner [0-9]+, mode 640\).*chmod 600/)
        yield* fs.chmod(path, 0o600)
        assert.isTrue(Option.isSome(yield* store.load(account)))
      })
    ))

  it.live("refuses a folder that others have access to, for records and for leases", () =>
    inFolder(({ directory, fs, store }) =>
      Effect.gen(function*() {
        yield* fs.makeDirectory(directory, { recursive: true })
        yield* fs.chmod(directory, 0o755)
        const refusal = /tokens \(owner [0-9]+, mode 755\).*chmod 700/
        assert.match(yield* detail(store.save(account, makeRecord(1), Option.none())), refusal)
        assert.match(yield* detail(store.lease(account, duration)), refusal)
        assert.deepStrictEqual(yield* fs.readDirectory(directory), [])
      })
    ))

  it.live("names what cannot be written, and not what was to be", () =>
    inFolder(({ directory, fs, store }) =>
      Effect.gen(function*() {
        yield* fs.makeDirectory(directory.replace("/tokens", ""), { recursive: true })
        yield* fs.writeFileString(directory, "a file where the folder should be", { mode: 0o600 })
        const said = yield* detail(store.save(account, makeRecord(1), Option.none()))
        assert.include(said, directory)
        assert.notInclude(said, "access\"")
      })
    ))

  // Node creates folders there without end if it is asked to create them recursively.
  it.live.skipIf(!existsSync("/proc/self"))(
    "fails where the system creates no folder and answers ENOENT",
    () =>
      Effect.gen(function*() {
        const store = yield* FileTokenStore.make({ directory: "/proc/jindouyun/tokens" })
        assert.isTrue(Option.isNone(yield* store.load(account)))
        const refusal = /ENOENT \(makeDirectory \/proc\/jindouyun/
        assert.match(yield* detail(store.save(account, makeRecord(1), Option.none())), refusal)
        assert.match(yield* detail(store.lease(account, duration)), refusal)
      }).pipe(Effect.provide(NodeContext.layer))
  )

  it.live("a late writer writes under the number of its own lease, which no reader looks at any more", () =>
    inFolder(({ file, fs, store }) =>
      Effect.gen(function*() {
        // Another has the lease by now and has saved: this is what a writer does that was stopped before its last step.
        yield* (yield* granted(store)).release
        yield* saveUnderLease(store, 9)
        const text = yield* fs.readFileString(file("record.2"))
        yield* fs.writeFileString(file("record.1"), text.replaceAll("9", "8"), { mode: 0o600 })
        assertSame(Option.map(yield* store.load(account), ({ generation }) => generation), Option.some(9))
      })
    ))

  it.live("a lease without a time, left by a loss of power, blocks no process", () =>
    inFolder(({ file, fs, store }) =>
      Effect.gen(function*() {
        yield* (yield* granted(store)).release
        yield* fs.remove(file("lease.1"), { recursive: true })
        yield* fs.makeDirectory(file("lease.1"), { mode: 0o700 })
        assert.strictEqual((yield* granted(store)).fence, 2)
      })
    ))

  const notLeases: ReadonlyArray<readonly [string, (path: string) => void]> = [
    ["an empty file", (path) => writeFileSync(path, "")],
    ["a file", (path) => writeFileSync(path, "garbage")],
    ["a link that leads nowhere", (path) => symlinkSync("nothing", path)],
    ["a folder of something else", (path) => mkdirSync(`${path}/garbage`, { recursive: true })]
  ]
  for (const [name, put] of notLeases) {
    it.live(`${name} in place of a lease blocks no process, and goes with the next lease`, () =>
      inFolder(({ file, folder, fs, store }) =>
        Effect.gen(function*() {
          yield* saveUnderLease(store, 4)
          put(file("lease.7"))
          yield* (yield* granted(store)).release
          yield* saveUnderLease(store, 5)
          assert.deepStrictEqual((yield* fs.readDirectory(folder)).sort(), ["lease.9", "record.9"])
        }).pipe(Effect.provide(Logger.remove(Logger.defaultLogger)))
      ))
  }

  it.live("a record that is far too large counts as none, is not read, and is replaced", () =>
    inFolder(({ file, fs, store }) =>
      Effect.gen(function*() {
        yield* store.save(account, makeRecord(4), Option.none())
        yield* fs.truncate(file("record.0"), 3_000_000_000)
        assert.isTrue(Option.isNone(yield* store.load(account)))
        assert.isTrue(yield* store.save(account, makeRecord(1), Option.none()))
        assert.isTrue(Option.isSome(yield* store.load(account)))
      }).pipe(Effect.provide(Logger.remove(Logger.defaultLogger)))
    ))

  it.effect("refuses an empty path", () =>
    Effect.gen(function*() {
      for (const directory of ["", " "]) {
        const { setting } = yield* Effect.flip(FileTokenStore.make({ directory }))
        assert.strictEqual(setting, "directory")
      }
    }).pipe(Effect.provide(NodeContext.layer)))

  it.live("a record that was cut short counts as none, and is replaced", () =>
    inFolder(({ file, fs, store }) =>
      Effect.gen(function*() {
        yield* store.save(account, makeRecord(4), Option.none())
        yield* fs.writeFileString(file("record.0"), "{\"version\":1,", { mode: 0o600 })
        assert.isTrue(Option.isNone(yield* store.load(account)))
        assert.isTrue(yield* store.save(account, makeRecord(1), Option.none()))
        assert.isTrue(Option.isSome(yield* store.load(account)))
      })
    ))

  it.live("what a writer that died has left behind goes with the next lease", () =>
    inFolder(({ file, folder, fs, store }) =>
      Effect.gen(function*() {
        yield* (yield* granted(store)).release
        yield* fs.writeFileString(file("record.1.123"), "half", { mode: 0o600 })
        yield* fs.makeDirectory(file("lease.1.123/0-9"), { recursive: true, mode: 0o700 })
        yield* saveUnderLease(store, 1)
        assert.deepStrictEqual((yield* fs.readDirectory(folder)).sort(), ["lease.2", "record.2"])
      })
    ))

  it.live("leaves alone what belongs to others", () =>
    inFolder(({ file, folder, fs, store }) =>
      Effect.gen(function*() {
        yield* store.save(account, makeRecord(1), Option.none())
        for (const name of ["notes.txt", "record.zero", "backup", "records.0"]) {
          yield* fs.writeFileString(file(name), "theirs", { mode: 0o600 })
        }
        yield* saveUnderLease(store, 2)
        assert.strictEqual((yield* fs.readDirectory(folder)).filter((name) => !name.includes("lease")).length, 5)
      })
    ))

  it.live("a encrypted record shows no token to who reads the file", () =>
    inFolder(({ directory, file, fs }) =>
      Effect.gen(function*() {
        const key = Redacted.make(Buffer.alloc(32, 7).toString("base64"))
        const store = yield* FileTokenStore.make({ directory, encryptionKey: key })
        yield* store.save(account, makeRecord(1), Option.none())
        assert.notInclude(yield* fs.readFileString(file("record.0")), "access")
        assert.isTrue(Option.isSome(yield* store.load(account)))
      }).pipe(Effect.provide(NodeContext.layer))
    ))

  it.live("takes its settings from configs, and names the one that cannot be", () =>
    inFolder(({ directory, file, fs }) =>
      Effect.gen(function*() {
        const under = (entries: ReadonlyArray<readonly [string, string]>) =>
          Effect.flatMap(TokenStore.TokenStore, (store) => store.save(account, makeRecord(1), Option.none())).pipe(
            Effect.provide(FileTokenStore.layerConfig({
              directory: Config.string("STATE_DIRECTORY"),
              encryptionKey: Config.redacted("TOKEN_KEY")
            })),
            Effect.withConfigProvider(ConfigProvider.fromMap(new Map(entries))),
            Effect.provide(NodeContext.layer)
          )
        yield* under([["STATE_DIRECTORY", directory], ["TOKEN_KEY", Buffer.alloc(32, 7).toString("base64")]])
        assert.include(yield* fs.readFileString(file("record.0")), "\"encrypted\"")
        const missing = yield* Effect.flip(under([["TOKEN_KEY", "CANARY"]]))
        assert.include(missing.message, "STATE_DIRECTORY is missing; expected the path of a folder")
        const wrong = yield* Effect.flip(under([["STATE_DIRECTORY", directory], ["TOKEN_KEY", "CANARY"]]))
        assert.include(wrong.message, "encryptionKey")
        assert.notInclude(wrong.message, "CANARY")
      })
    ))
})
