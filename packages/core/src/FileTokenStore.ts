/**
 * A token store in a folder that the processes of one machine and one user share.
 *
 * @since 0.1.0
 */
import type * as PlatformError from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Clock from "effect/Clock"
import type * as Config from "effect/Config"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import type { Keys } from "./Encryption.js"
import { isReason } from "./internal/edition/systemError.js"
import * as inTurn from "./internal/inTurn.js"
import { problemOfText } from "./internal/redact.js"
import * as trustedFile from "./internal/trustedFile.js"
import { fromConfigs } from "./JindouyunConfig.js"
import { fromSystemError, InvalidConfiguration, StoreFailure } from "./JindouyunError.js"
import { isPending } from "./Token.js"
import * as TokenRecord from "./TokenRecord.js"
import * as TokenStore from "./TokenStore.js"

/**
 * Where the files are, and the keys that encrypt them.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends Keys {
  readonly directory: string
}

/**
 * Keeps records in a folder, plain unless there is a key.
 *
 * **Details**
 *
 * The folder is created with mode 0700 if it is missing. A folder or a record that other users have access to is refused.
 * A record survives a loss of power: it is written beside its place, flushed and renamed. If a process ends while it
 * holds the lease, the lease expires. The disk needs no hard links.
 *
 * **Gotchas**
 *
 * For the processes of one machine: a lease is measured by the clock of the process, and a network disk may show an old
 * listing.
 *
 * @example
 * ```ts
 * import * as FileTokenStore from "@jindouyun/core/FileTokenStore"
 * import * as TokenStore from "@jindouyun/core/TokenStore"
 * import * as Effect from "effect/Effect"
 * import * as Option from "effect/Option"
 *
 * // Whether the folder has a pair of the account, without a provider and without a request.
 * export const hasPair = (directory: string, baseUrl: string, account: string) =>
 *   Effect.gen(function*() {
 *     const store = yield* FileTokenStore.make({ directory })
 *     const record = yield* store.load(TokenStore.keyOf(baseUrl, account))
 *     return Option.exists(record, ({ pair }) => Option.isSome(pair))
 *   })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options
): Effect.Effect<TokenStore.Service, InvalidConfiguration, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const { directory } = options
    const problem = problemOfText(directory) ?? (directory.trim() === "" ? "is empty" : undefined)
    if (problem !== undefined) {
      return yield* new InvalidConfiguration({ setting: "directory", problem, expected: "the path of a folder" })
    }
    const codec = yield* TokenRecord.make(options)
    const fs = yield* FileSystem.FileSystem
    const opened = new Set<string>()
    const ignored = new Set<string>()
    // If many accounts ask for a lease at once, the first ones renew while the others wait here. Otherwise each step of an
    // account waits for a step of all others, and a lease may expire before its holder sends a request.
    const fewAtATime = yield* inTurn.make(4)
    const account = (operation: Operation, key: string): Account => ({
      fs,
      codec,
      opened,
      ignored,
      operation,
      key,
      directory,
      path: `${directory}/${key}`
    })
    return {
      load: (key) => load(account("load", key)),
      save: (key, record, lease) => save(account("save", key), record, Option.map(lease, ({ fence }) => fence)),
      clear: (key) => clear(account("clear", key)),
      lease: (key, duration) => fewAtATime(lease(account("lease", key), duration))
    }
  })

/**
 * One store in a folder; see `make`.
 *
 * @example
 * ```ts
 * import * as FileTokenStore from "@jindouyun/core/FileTokenStore"
 * import * as Jindouyun from "@jindouyun/core/Jindouyun"
 *
 * // All processes of this machine and user share one pair. The layer needs a `FileSystem`, such as `NodeContext.layer`.
 * export const account = Jindouyun.layerFromEnv({
 *   store: FileTokenStore.layer({ directory: "/var/lib/reports/tokens" })
 * })
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options: Options
): Layer.Layer<TokenStore.TokenStore, InvalidConfiguration, FileSystem.FileSystem> =>
  Layer.effect(TokenStore.TokenStore, make(options))

/**
 * One store in a folder, from configs of the user's own naming: the key from a secret, for example.
 *
 * @example
 * ```ts
 * import * as FileTokenStore from "@jindouyun/core/FileTokenStore"
 * import * as Config from "effect/Config"
 *
 * export const store = FileTokenStore.layerConfig({
 *   directory: Config.string("STATE_DIRECTORY"),
 *   encryptionKey: Config.redacted("TOKEN_KEY")
 * })
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  options: Config.Config.Wrap<Options>
): Layer.Layer<TokenStore.TokenStore, InvalidConfiguration, FileSystem.FileSystem> =>
  Layer.unwrapEffect(Effect.map(fromConfigs<Options>(options, { directory: "the path of a folder" }), layer))

/**
 * The bytes of a file, if the file exists.
 *
 * **Details**
 *
 * Fails if a user other than root owns the file or can write to the file, or to a folder or link on the way. The failure
 * names owner and mode. Fails for a fifo, a device, a socket and a folder, without waiting. `isPrivate` also refuses a file
 * that other users can read. Windows has no owners to check.
 *
 * @since 0.1.0
 * @category files
 */
export const readTrusted = (
  path: string,
  { isPrivate }: { readonly isPrivate: boolean }
): Effect.Effect<Option.Option<Uint8Array>, StoreFailure, FileSystem.FileSystem> =>
  Effect.flatMap(
    FileSystem.FileSystem,
    (fs) =>
      Effect.flatMap(trustedFile.check(fs, path, { operation: "load", type: "File", isPrivate }), (info) =>
        Option.isSome(info)
          ? Effect.mapError(Effect.asSome(fs.readFile(path)), (error) =>
            fromSystemError("load", path, error))
          : Effect.succeedNone)
  )

// Each account has a folder with two series: folders `lease.<fence>` and files `record.<fence>`. The highest fence of a
// series counts, the others are removed. Only one process can create the next lease. A record is written under the fence
// of its lease, so that a late save cannot replace a later one.

interface Account {
  readonly fs: FileSystem.FileSystem
  readonly codec: TokenRecord.Codec
  /** The folders that this store has checked. */
  readonly opened: Set<string>
  /** The paths that this store has warned of. */
  readonly ignored: Set<string>
  readonly operation: Operation
  readonly key: string
  /** The folder of all accounts. */
  readonly directory: string
  /** The folder of this account. */
  readonly path: string
}

type Operation = StoreFailure["operation"]

type Series = "lease" | "record"

/** The content of an account's folder: the highest fence of each series, -1 if the series is empty. */
interface Listing {
  readonly names: ReadonlyArray<string>
  readonly lease: number
  readonly record: number
}

interface Stored {
  readonly listing: Listing
  readonly text: Option.Option<string>
}

const pathOf = ({ path }: Account, series: Series, fence: number): string => `${path}/${series}.${fence}`

// The operations

const load = (account: Account): Effect.Effect<Option.Option<TokenRecord.TokenRecord>, StoreFailure> =>
  Effect.flatMap(readLatest(account), (stored) => decode(account, stored))

const decode = (
  account: Account,
  { listing, text }: Stored
): Effect.Effect<Option.Option<TokenRecord.TokenRecord>, StoreFailure> =>
  Option.isNone(text) || text.value === cleared
    ? Effect.succeedNone
    : Effect.mapError(account.codec.decode(account.key, text.value), () =>
      TokenRecord.withoutKey(account.operation, pathOf(account, "record", listing.record)))

// Stands in place of a record that was cleared, so that a late save under an older lease does not count. The lease itself stays:
// its holder may have a request in flight.
const cleared = "cleared"

const save = (
  account: Account,
  record: TokenRecord.TokenRecord,
  lease: Option.Option<number>
): Effect.Effect<boolean, StoreFailure> =>
  Effect.gen(function*() {
    const stored = yield* readLatest(account)
    const { listing, text } = stored
    yield* openFolder(account, listing)
    const isOvertaken = Option.exists(lease, (fence) => fence < Math.max(listing.lease, listing.record))
    if (isOvertaken || Option.exists(text, TokenRecord.isNewerFormat)) {
      return false
    }
    if (Option.exists(yield* decode(account, stored), ({ generation }) => generation > record.generation)) {
      return false
    }
    const fence = Option.getOrElse(lease, () => Math.max(listing.record, 0))
    return yield* writeRecord(account, listing, fence, yield* account.codec.encode(account.key, record)).pipe(
      Effect.as(true),
      // Another process has saved under a newer lease, and removed the temporary file.
      Effect.catchAll((failure) =>
        Effect.flatMap(list(account), ({ record: latest }) => latest > fence ? save(account, record, lease) : failure)
      )
    )
  })

const clear = (account: Account): Effect.Effect<void, StoreFailure> =>
  Effect.gen(function*() {
    const stored = yield* readLatest(account)
    yield* openFolder(account, stored.listing)
    // A record that needs a key is cleared without it.
    const known = Effect.orElseSucceed(decode(account, stored), () => Option.none<TokenRecord.TokenRecord>())
    const generation = Option.match(yield* known, {
      onNone: () => 0,
      onSome: (one) => one.generation
    })
    const fence = 1 + Math.max(stored.listing.lease, stored.listing.record, generation)
    yield* writeRecord(account, stored.listing, fence, cleared)
    // A lease that was granted meanwhile may have the fence of this record, and could still save.
    return (yield* list(account)).lease < fence ? undefined : yield* clear(account)
  })

const lease = (
  account: Account,
  duration: Duration.Duration
): Effect.Effect<Option.Option<TokenStore.Lease>, StoreFailure> =>
  Effect.gen(function*() {
    const before = yield* list(account)
    yield* openFolder(account, before)
    if (before.lease >= 0 && (yield* isHeld(account, before.lease))) {
      return Option.none()
    }
    const fence = 1 + Math.max(before.lease, before.record, 0)
    const path = pathOf(account, "lease", fence)
    const created = yield* Effect.either(createLease(account, path, duration))
    const after = yield* list(account)
    if (Either.isLeft(created)) {
      // Another process was first.
      return after.lease >= fence ? Option.none() : yield* created.left
    }
    // A slow process may create a lease that another process has already used and removed: then there is a later one. Or the
    // account was cleared meanwhile: then a record refuses the fence.
    if (after.lease !== fence || after.record >= fence) {
      yield* remove(account, path)
      return Option.none()
    }
    yield* removeBefore(account, after, "lease", fence)
    const held = { account, fence, path, term: created.right }
    const isLatest = Effect.map(list(account), (listing) => listing.lease === fence)
    const lost = () => new StoreFailure({ operation: "lease", detail: `the lease was lost (${path})` })
    return Option.some({
      fence,
      renew: Effect.filterOrFail(Effect.zipRight(setTerm(held, duration), isLatest), Boolean, lost).pipe(
        Effect.catchAll((failure) => Effect.flatMap(isLatest, (isLatest) => isLatest ? failure : lost())),
        Effect.asVoid
      ),
      release: Effect.catchAll(setTerm(held, Duration.zero), (failure) =>
        Effect.flatMap(isLatest, (isLatest) => isLatest ? failure : Effect.void))
    })
  })

// A folder that contains something cannot be replaced by a rename, so one process only can create the lease, on every
// disk. A link would need a disk that has hard links; a file that is created first and written later can be left half
// written.
const createLease = (
  account: Account,
  path: string,
  duration: Duration.Duration
): Effect.Effect<string, StoreFailure> =>
  Effect.gen(function*() {
    const temporary = yield* temporaryOf(path)
    const term = termOf(yield* Clock.currentTimeMillis, duration)
    yield* makeFolder(account, temporary)
    yield* makeFolder(account, `${temporary}/${term}`).pipe(
      Effect.zipRight(attempt(account, path, ({ fs }) => fs.rename(temporary, path))),
      Effect.onError(() => remove(account, temporary))
    )
    return term
  })

interface Held {
  readonly account: Account
  readonly fence: number
  readonly path: string
  term: string
}

const setTerm = (held: Held, duration: Duration.Duration): Effect.Effect<void, StoreFailure> =>
  Effect.gen(function*() {
    const { account, path } = held
    const next = termOf(yield* Clock.currentTimeMillis, duration)
    yield* attempt(account, path, ({ fs }) => fs.rename(`${path}/${held.term}`, `${path}/${next}`))
    held.term = next
  })

const isHeld = (account: Account, fence: number): Effect.Effect<boolean, StoreFailure> =>
  Effect.gen(function*() {
    const path = pathOf(account, "lease", fence)
    const now = yield* Clock.currentTimeMillis
    const names = yield* attempt(account, path, ({ fs }) => fs.readDirectory(path))
    yield* warnOf(account, path, names.filter((name) => boundsOf(name) === undefined))
    return names.map(boundsOf).some((bounds) => bounds !== undefined && isPending(...bounds, now))
  }).pipe(
    Effect.catchAll((failure) =>
      Effect.gen(function*() {
        // Another process has removed this lease, because it was granted a newer one.
        if ((yield* list(account)).lease > fence) {
          return true
        }
        if (yield* isFolder(account, pathOf(account, "lease", fence))) {
          return yield* failure
        }
        yield* warnOf(account, account.path, [`lease.${fence}`])
        return false
      })
    )
  )

/** Whether there may be a folder. A file and a link are none. */
const isFolder = ({ fs }: Account, path: string): Effect.Effect<boolean> =>
  Effect.matchEffect(fs.readLink(path), {
    onSuccess: () => Effect.succeed(false),
    onFailure: () =>
      Effect.match(fs.stat(path), { onSuccess: ({ type }) => type === "Directory", onFailure: () => true })
  })

/** The name of the folder in a lease: from when until when the lease is held. A rename changes it in one step. */
const termOf = (now: number, duration: Duration.Duration): string =>
  `${now}-${now + Math.ceil(Duration.toMillis(duration))}`

const boundsOf = (term: string): readonly [since: number, until: number] | undefined => {
  const [since, until, ...rest] = term.split("-").map(numberOf)
  return since === undefined || until === undefined || rest.length > 0 ? undefined : [since, until]
}

// Arithmetic with a larger number, or another spelling of one, would lose a lease or a pair.
const numberOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^(0|[1-9][0-9]{0,15})$/.test(text) && Number(text) < TokenRecord.largestGeneration
    ? Number(text)
    : undefined

const warnOf = ({ ignored }: Account, path: string, names: ReadonlyArray<string>): Effect.Effect<void> =>
  Effect.forEach(
    names.map((name) => `${path}/${name}`).filter((path) => !ignored.has(path)),
    (path) => {
      ignored.add(path)
      return Effect.logWarning(`ignored, because no token store created it: ${path}`)
    },
    { discard: true }
  ).pipe(Effect.annotateLogs({ package: "@jindouyun/core", module: "FileTokenStore" }))

// The folder

const openFolder = (account: Account, { names }: Listing): Effect.Effect<void, StoreFailure> =>
  Effect.gen(function*() {
    const { directory, opened, path } = account
    if (names.length > 0 && opened.has(path)) {
      return
    }
    for (const folder of opened.has(directory) ? [path] : [directory, path]) {
      // A folder that this process has just created needs no check.
      const isNew = yield* Effect.isSuccess(account.fs.makeDirectory(folder, { mode: 0o700 }))
      if (!isNew || !opened.has(directory)) {
        yield* makeFolder(account, folder)
        yield* checkPrivate(account, folder, "Directory")
      }
      opened.add(folder)
    }
  })

// Step by step: a recursive creation by Node reports ENOENT for a disk that is read-only, and never ends in `/proc`.
const makeFolder = (account: Account, path: string): Effect.Effect<void, StoreFailure> => {
  const make = (path: string): Effect.Effect<void, PlatformError.PlatformError> => {
    const made = Effect.catchIf(
      account.fs.makeDirectory(path, { mode: 0o700 }),
      isReason("AlreadyExists"),
      () => Effect.void
    )
    const parent = path.slice(0, Math.max(path.lastIndexOf(path.includes("/") ? "/" : "\\"), 0))
    return parent === ""
      ? made
      : Effect.catchIf(made, isReason("NotFound"), () => Effect.zipRight(make(parent), made))
  }
  return attempt(account, path, () => make(path))
}

const checkPrivate = (
  account: Account,
  path: string,
  type: "File" | "Directory"
): Effect.Effect<Option.Option<FileSystem.File.Info>, StoreFailure> => {
  const from = [account.path, account.directory].find((folder) => account.opened.has(folder))
  return trustedFile.check(account.fs, path, { operation: account.operation, type, isPrivate: true, from })
}

const list = (account: Account): Effect.Effect<Listing, StoreFailure> =>
  attempt(
    account,
    account.path,
    ({ fs, path }) => Effect.catchIf(fs.readDirectory(path), isReason("NotFound"), () => Effect.succeed([]))
  ).pipe(
    Effect.tap((names) =>
      warnOf(
        account,
        account.path,
        names.filter((name) => /^(lease|record)\./.test(name) && fenceOf(name) === undefined)
      )
    ),
    Effect.map((names) => ({ names, lease: latest(names, "lease"), record: latest(names, "record") }))
  )

const latest = (names: ReadonlyArray<string>, series: Series): number =>
  Math.max(
    -1,
    ...names.map((name) => name.startsWith(`${series}.`) ? numberOf(name.slice(series.length + 1)) ?? -1 : -1)
  )

// A temporary file has a second number.
const fenceOf = (name: string): number | undefined => numberOf(name.split(".")[1])

const readLatest = (account: Account): Effect.Effect<Stored, StoreFailure> =>
  Effect.flatMap(
    list(account),
    (listing) =>
      listing.record < 0 ? Effect.succeed({ listing, text: Option.none() }) : Effect.catchAll(
        Effect.map(read(account, pathOf(account, "record", listing.record)), (text) => ({
          listing,
          text: Option.some(text)
        })),
        // A record that is gone has been replaced.
        (failure) =>
          Effect.flatMap(
            list(account),
            ({ record }) => record === listing.record ? Effect.fail(failure) : readLatest(account)
          )
      )
  )

// A file that is too large for a record is as damaged as one that is cut short.
const read = (account: Account, path: string): Effect.Effect<string, StoreFailure> =>
  Effect.flatMap(checkPrivate(account, path, "File"), (info) =>
    Option.exists(info, ({ size }) => size > largestRecord)
      ? Effect.succeed("")
      : attempt(account, path, ({ fs }) => fs.readFileString(path)))

const largestRecord = 1 << 20

/** Writes a record whole or not at all: a temporary file is flushed and renamed. */
const writeRecord = (
  account: Account,
  listing: Listing,
  fence: number,
  text: string
): Effect.Effect<void, StoreFailure> =>
  Effect.gen(function*() {
    const path = pathOf(account, "record", fence)
    const temporary = yield* temporaryOf(path)
    yield* attempt(account, path, ({ fs }) =>
      Effect.scoped(
        Effect.gen(function*() {
          const file = yield* fs.open(temporary, { flag: "wx", mode: 0o600 })
          yield* file.writeAll(new TextEncoder().encode(text))
          yield* file.sync
        })
      ).pipe(Effect.zipRight(fs.rename(temporary, path)))).pipe(Effect.onError(() => remove(account, temporary)))
    yield* syncFolder(account, account.path)
    if (listing.record < 0) {
      yield* syncFolder(account, account.directory)
    }
    yield* removeBefore(account, listing, "record", fence)
  })

const temporaryOf = (path: string): Effect.Effect<string> =>
  Effect.map(Random.nextIntBetween(0, Number.MAX_SAFE_INTEGER), (number) => `${path}.${number}`)

// A rename is durable once the folder is flushed. Not every system lets a folder be opened.
const syncFolder = ({ fs }: Account, path: string): Effect.Effect<void> =>
  Effect.ignore(Effect.scoped(Effect.flatMap(fs.open(path, { flag: "r" }), (file) => file.sync)))

// Also removes temporary files that a process left behind.
const removeBefore = (account: Account, { names }: Listing, series: Series, fence: number): Effect.Effect<void> =>
  Effect.forEach(
    names.filter((name) => name.startsWith(`${series}.`) && (fenceOf(name) ?? fence) < fence),
    (name) => remove(account, `${account.path}/${name}`),
    { discard: true }
  )

// A file that is gone was removed by another process.
const remove = ({ fs }: Account, path: string): Effect.Effect<void> =>
  Effect.ignore(fs.remove(path, { force: true, recursive: true }))

const attempt = <A>(
  account: Account,
  place: string,
  step: (account: Account) => Effect.Effect<A, PlatformError.PlatformError>
): Effect.Effect<A, StoreFailure> =>
  Effect.mapError(step(account), (error) => fromSystemError(account.operation, place, error))
