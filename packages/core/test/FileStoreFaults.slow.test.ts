import * as NodeContext from "@effect/platform-node/NodeContext"
import * as PlatformError from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { execFileSync } from "node:child_process"
import * as FileTokenStore from "../src/FileTokenStore.js"
import * as Hint from "../src/Hint.js"
import { StoreFailure } from "../src/JindouyunError.js"
import type * as TokenStore from "../src/TokenStore.js"
import { makeRecord } from "./utils.js"

const account = "c0ffee".padEnd(64, "0")
const duration = Duration.seconds(10)

/** Every code here must be in the table of hints. */
const codes = [
  "ENOSPC",
  "EDQUOT",
  "EROFS",
  "EACCES",
  "EPERM",
  "EXDEV",
  "EMFILE",
  "ENFILE",
  "ENOTSUP",
  "EOPNOTSUPP",
  "ENOSYS",
  "ELOOP",
  "EISDIR",
  "ENOTDIR",
  "ENAMETOOLONG",
  "EIO",
  "ESTALE",
  "EBUSY"
]

/** As the file system of Node reports it: the code is in the cause only. */
const failure = (method: string, path: string | number, code: string) =>
  new PlatformError.SystemError({
    module: "FileSystem",
    method,
    reason: code === "EACCES" ? "PermissionDenied" : "Unknown",
    pathOrDescriptor: path,
    cause: Object.assign(new Error(`${code}: no reason, ${method}`), { code, syscall: method })
  })

/** Counts the calls of a file system, of its open files too, and fails the call with one number. */
const injecting = (fs: FileSystem.FileSystem) => {
  const state = { calls: [] as Array<string>, failing: -1, code: "" }
  const step = <A, E, R>(method: string, path: string | number, call: Effect.Effect<A, E, R>) =>
    Effect.suspend((): Effect.Effect<A, E | PlatformError.PlatformError, R> => {
      const number = state.calls.push(method) - 1
      return number === state.failing ? Effect.fail(failure(method, path, state.code)) : call
    })
  const open: FileSystem.FileSystem["open"] = (path, options) =>
    Effect.map(step("open", path, fs.open(path, options)), (file) => ({
      ...file,
      stat: step("stat", 18, file.stat),
      sync: step("sync", 18, file.sync),
      writeAll: (bytes) => step("writeAll", 18, file.writeAll(bytes))
    }))
  const methods = [
    "makeDirectory",
    "readDirectory",
    "readFileString",
    "link",
    "rename",
    "remove",
    "stat",
    "chmod"
  ] as const
  const wrapped = Object.fromEntries(methods.map((method) => {
    const call = fs[method] as (path: string, ...rest: ReadonlyArray<unknown>) => Effect.Effect<unknown>
    return [method, (path: string, ...rest: ReadonlyArray<unknown>) => step(method, path, call(path, ...rest))]
  }))
  return { state, fs: { ...fs, ...wrapped, open } }
}

interface Given {
  readonly store: TokenStore.Service
  readonly lease: TokenStore.Lease
}

/** Each operation of the store, in a folder with a record and a lease. */
const operations: ReadonlyArray<{
  readonly name: string
  readonly operation: StoreFailure["operation"]
  readonly run: (given: Given) => Effect.Effect<unknown, StoreFailure>
}> = [
  { name: "load", operation: "load", run: ({ store }) => store.load(account) },
  { name: "save", operation: "save", run: ({ store }) => store.save(account, makeRecord(2), Option.none()) },
  {
    name: "save under a lease",
    operation: "save",
    run: ({ lease, store }) => store.save(account, makeRecord(2), Option.some(lease))
  },
  {
    name: "save of a new account",
    operation: "save",
    run: ({ store }) => store.save(account.replace("c0ffee", "decade"), makeRecord(1), Option.none())
  },
  { name: "clear", operation: "clear", run: ({ store }) => store.clear(account) },
  {
    name: "lease",
    operation: "lease",
    run: ({ lease, store }) => Effect.zipRight(lease.release, store.lease(account, duration))
  },
  {
    name: "lease of a new account",
    operation: "lease",
    run: ({ store }) => store.lease(account.replace("c0ffee", "decade"), duration)
  },
  { name: "renew", operation: "lease", run: ({ lease }) => lease.renew },
  { name: "release", operation: "lease", run: ({ lease }) => lease.release }
]

const setting = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const directory = `${yield* fs.makeTempDirectoryScoped()}/state/tokens`
  const { fs: faulty, state } = injecting(fs)
  const store = yield* Effect.provideService(FileTokenStore.make({ directory }), FileSystem.FileSystem, faulty)
  const lease = yield* Effect.map(store.lease(account, duration), Option.getOrThrow)
  yield* store.save(account, makeRecord(1), Option.none())
  state.calls.length = 0
  return { directory, given: { store, lease }, state }
})

const onNode = <A, E>(effect: Effect.Effect<A, E, FileSystem.FileSystem | Scope.Scope>) =>
  Effect.provide(Effect.scoped(effect), NodeContext.layer)

/** What must hold of a failure: it names the place, the operation and the code, and its hint is that of the code. */
const assertNamed = (
  failure: StoreFailure,
  expected: { readonly operation: string; readonly directory: string; readonly code: string }
) => {
  const { code, directory, operation } = expected
  assert.strictEqual(failure.operation, operation)
  // The place is in the folder of the store, or is a folder above it.
  const place = / (\/[^ )]+)\)/.exec(failure.detail)?.[1] ?? ""
  assert.isTrue(`${place}/`.startsWith(`${directory}/`) || directory.startsWith(`${place}/`), failure.detail)
  assert.include(failure.detail, code)
  assert.strictEqual(failure.systemError, code)
  assert.notStrictEqual(failure.hint, hintWithoutCode.en)
  assert.notStrictEqual(Hint.of(failure).zh, hintWithoutCode.zh)
  assert.match(failure.hint, /XDG_STATE_HOME.*--store redis/)
  assert.match(Hint.of(failure).zh, /XDG_STATE_HOME.*--store redis/)
}

const hintWithoutCode = Hint.of(new StoreFailure({ operation: "load", detail: "" }))

describe("a failure of the system in the file store", () => {
  for (const { name, operation, run } of operations) {
    it.live(`during ${name} names place, operation and code, at whichever call it happens`, () =>
      onNode(Effect.gen(function*() {
        const { given, state } = yield* setting
        yield* run(given)
        const calls = [...state.calls]
        let failures = 0
        for (const number of calls.keys()) {
          const { directory, given, state } = yield* setting
          for (const code of codes) {
            const failing = state.calls.length + number
            Object.assign(state, { failing, code })
            const outcome = yield* Effect.either(run(given))
            if (Either.isLeft(outcome)) {
              failures += 1
              assertNamed(outcome.left, { operation, directory, code })
              assert.include(outcome.left.detail, state.calls[failing] ?? "")
            }
          }
        }
        assert.isAtLeast(failures, codes.length)
      })))
  }

  it.live("does not hide behind a reason where the file system gives no code", () =>
    onNode(Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const silent = new PlatformError.SystemError({
        module: "FileSystem",
        method: "readDirectory",
        reason: "TimedOut"
      })
      const store = yield* FileTokenStore.make({ directory: "/tokens" }).pipe(
        Effect.provideService(FileSystem.FileSystem, { ...fs, readDirectory: () => Effect.fail(silent) })
      )
      const failure = yield* Effect.flip(store.load(account))
      assert.include(failure.detail, "TimedOut (readDirectory /tokens")
      assert.isUndefined(failure.systemError)
    })))
})

const inFolder = (check: (folder: string, fs: FileSystem.FileSystem) => Effect.Effect<void, unknown>) =>
  onNode(
    Effect.flatMap(FileSystem.FileSystem, (fs) =>
      Effect.flatMap(fs.makeTempDirectoryScoped(), (folder) =>
        check(folder, fs)).pipe(
          Effect.provide(NodeContext.layer)
        ))
  )

const assertAll = (directory: string, code: string) =>
  Effect.gen(function*() {
    const store = yield* FileTokenStore.make({ directory })
    assertNamed(yield* Effect.flip(store.save(account, makeRecord(1), Option.none())), {
      operation: "save",
      directory,
      code
    })
    assertNamed(yield* Effect.flip(store.lease(account, duration)), { operation: "lease", directory, code })
    assertNamed(yield* Effect.flip(store.clear(account)), { operation: "clear", directory, code })
  }).pipe(Effect.provide(NodeContext.layer))

const isRoot = process.getuid?.() === 0

/** A file system of its own, of one megabyte. */
const mounted = (folder: string, options: string) =>
  Effect.acquireRelease(
    Effect.sync(() => execFileSync("mount", ["-t", "tmpfs", "-o", `size=1m,mode=700,${options}`, "tmpfs", folder])),
    () => Effect.sync(() => execFileSync("umount", [folder]))
  )

const canMount = isRoot && Either.isRight(Either.try(() => {
  execFileSync("unshare", ["--mount", "mount", "-t", "tmpfs", "tmpfs", "/tmp"], { stdio: "ignore" })
}))

describe("a real failure of the system in the file store", () => {
  it.live("a file in place of the folder is ENOTDIR", () =>
    inFolder((folder, fs) =>
      Effect.zipRight(
        fs.writeFileString(`${folder}/file`, ""),
        assertAll(`${folder}/file/tokens`, "ENOTDIR")
      )
    ))

  it.live("a path that is too long is ENAMETOOLONG", () =>
    inFolder((folder) => assertAll(`${folder}/${"x".repeat(300)}`, "ENAMETOOLONG")))

  it.live.skipIf(process.platform !== "linux")(
    "a folder in which nothing can be created is ENOENT, at once",
    () => onNode(Effect.timeout(assertAll("/proc/jindouyun/tokens", "ENOENT"), "5 seconds"))
  )

  it.live("a loop of links is ELOOP", () =>
    inFolder((folder, fs) =>
      Effect.zipRight(fs.symlink(`${folder}/loop`, `${folder}/loop`), assertAll(`${folder}/loop/tokens`, "ELOOP"))
    ))

  it.live.skipIf(isRoot)(
    "a folder that its owner cannot write is EACCES (not as root)",
    () => inFolder((folder, fs) => Effect.zipRight(fs.chmod(folder, 0o500), assertAll(`${folder}/tokens`, "EACCES")))
  )

  it.scopedLive.skipIf(!canMount)(
    "a disk that is read-only is EROFS (as root only)",
    () =>
      inFolder((folder) =>
        Effect.scoped(Effect.zipRight(mounted(folder, "ro"), assertAll(`${folder}/tokens`, "EROFS")))
      )
  )

  it.scopedLive.skipIf(!canMount)(
    "a full disk is ENOSPC, and the record before stays (as root only)",
    () =>
      inFolder((folder, fs) =>
        Effect.gen(function*() {
          yield* mounted(folder, "")
          const directory = `${folder}/tokens`
          const store = yield* FileTokenStore.make({ directory })
          yield* store.save(account, makeRecord(1), Option.none())
          yield* Effect.either(fs.writeFile(`${folder}/filler`, new Uint8Array(2 << 20)))
          assertNamed(yield* Effect.flip(store.save(account, makeRecord(2), Option.none())), {
            operation: "save",
            directory,
            code: "ENOSPC"
          })
          assert.strictEqual(Option.getOrThrow(yield* store.load(account)).generation, 1)
          yield* fs.remove(`${folder}/filler`)
          assert.isTrue(yield* store.save(account, makeRecord(2), Option.none()))
        }).pipe(Effect.scoped, Effect.provide(NodeContext.layer))
      )
  )
})
