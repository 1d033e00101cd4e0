/**
 * A token store in a folder that the processes of one machine and one user share.
 *
 * @since 0.1.0
 */
import type * as PlatformError from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Config from "effect/Config"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import type { Keys } from "./Encryption.js"
import { fromConfigError } from "./JindouyunConfig.js"
import { fromSystemError, type InvalidConfiguration, StoreFailure } from "./JindouyunError.js"
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
 * holds the lease, the lease expires.
 *
 * **Gotchas**
 *
 * Not for a network folder: exclusive creation may succeed twice there.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options
): Effect.Effect<TokenStore.Service, InvalidConfiguration, FileSystem.FileSystem> =>
  Effect.zipWith(TokenRecord.make(options), FileSystem.FileSystem, (codec, fs) => {
    const folder: Folder = { fs, codec, directory: options.directory }
    return {
      load: (key) => load(folder, key),
      save: (key, record, lease) => save(folder, key, record, Option.map(lease, ({ fence }) => fence)),
      clear: (key) => clear(folder, key),
      lease: (key, duration) => lease(folder, key, duration)
    }
  })

/**
 * One store in a folder; see `make`.
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
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  options: Config.Config.Wrap<Options>
): Layer.Layer<TokenStore.TokenStore, InvalidConfiguration, FileSystem.FileSystem> =>
  Layer.unwrapEffect(Effect.mapBoth(Config.unwrap(options), { onFailure: fromConfigError, onSuccess: layer }))

// Two series of files for each account, `<key>.lease.<fence>` and `<key>.record.<fence>`. The file with the highest fence
// of a series counts, the others are removed. Only one process can create the next file of the series of leases. A record
// is written under the fence of its lease, so that a late save cannot replace a later one.

interface Folder {
  readonly fs: FileSystem.FileSystem
  readonly codec: TokenRecord.Codec
  readonly directory: string
}

type Operation = StoreFailure["operation"]

type Series = "lease" | "record"

const pathOf = ({ directory }: Folder, key: string, series: Series, fence: number): string =>
  `${directory}/${key}.${series}.${fence}`

// The operations

const load = (
  folder: Folder,
  key: string,
  operation: Operation = "load"
): Effect.Effect<Option.Option<TokenRecord.TokenRecord>, StoreFailure> =>
  Effect.flatMap(
    readLatest(folder, operation, key),
    Option.match({
      onNone: () => Effect.succeedNone,
      onSome: (stored) => decode(folder, key, stored)
    })
  )

const decode = (
  { codec }: Folder,
  key: string,
  { text }: Stored
): Effect.Effect<Option.Option<TokenRecord.TokenRecord>> =>
  text === cleared ? Effect.succeedNone : codec.decode(key, text)

// Stands in place of a record that was cleared, so that a late save under an older lease does not count.
const cleared = "cleared"

const save = (
  folder: Folder,
  key: string,
  record: TokenRecord.TokenRecord,
  lease: Option.Option<number>
): Effect.Effect<boolean, StoreFailure> =>
  Effect.gen(function*() {
    yield* openFolder(folder, "save")
    const stored = yield* readLatest(folder, "save", key)
    const latestLease = yield* latestFence(folder, "save", key, "lease")
    const latestRecord = Option.map(stored, ({ fence }) => fence)
    const isOvertaken = Option.exists(lease, (fence) =>
      [latestLease, latestRecord].some(Option.exists((other) => other > fence)))
    if (
      isOvertaken || Option.exists(stored, ({ text }) =>
        TokenRecord.isNewerFormat(text))
    ) {
      return false
    }
    const known = Option.isSome(stored) ? yield* decode(folder, key, stored.value) : Option.none()
    if (Option.exists(known, ({ generation }) => generation > record.generation)) {
      return false
    }
    const fence = Option.getOrElse(Option.orElse(lease, () => latestRecord), () => 0)
    const path = pathOf(folder, key, "record", fence)
    yield* writeFile(folder, path, yield* folder.codec.encode(key, record), (temporary) =>
      folder.fs.rename(temporary, path)).pipe(
        Effect.mapError(failed("save", path))
      )
    yield* syncFolder(folder)
    yield* removeBefore(folder, key, "record", fence)
    return true
  })

const clear = (folder: Folder, key: string): Effect.Effect<void, StoreFailure> =>
  Effect.gen(function*() {
    yield* openFolder(folder, "clear")
    const record = yield* load(folder, key, "clear")
    const fence = 1 + Math.max(
      yield* highestFence(folder, "clear", key),
      Option.match(record, { onNone: () => 0, onSome: ({ generation }) => generation })
    )
    for (const [series, text] of [["lease", leaseText(0, Duration.zero)], ["record", cleared]] as const) {
      const path = pathOf(folder, key, series, fence)
      yield* writeFile(folder, path, text, (temporary) => folder.fs.rename(temporary, path)).pipe(
        Effect.mapError(failed("clear", path))
      )
    }
    yield* removeBefore(folder, key, "record", fence)
    yield* removeBefore(folder, key, "lease", fence)
    yield* syncFolder(folder)
  })

const lease = (
  folder: Folder,
  key: string,
  duration: Duration.Duration
): Effect.Effect<Option.Option<TokenStore.Lease>, StoreFailure> =>
  Effect.gen(function*() {
    yield* openFolder(folder, "lease")
    const latest = yield* latestFence(folder, "lease", key, "lease")
    if (Option.isSome(latest) && (yield* isHeld(folder, key, latest.value))) {
      return Option.none()
    }
    const fence = 1 + (yield* highestFence(folder, "lease", key))
    const path = pathOf(folder, key, "lease", fence)
    const text = leaseText(yield* Clock.currentTimeMillis, duration)
    const isCreated = yield* writeFile(folder, path, text, (temporary) =>
      Effect.as(folder.fs.link(temporary, path), true)).pipe(
        Effect.catchIf(isReason("AlreadyExists", "NotFound"), () =>
          Effect.succeed(false)),
        Effect.mapError(failed("lease", path))
      )
    if (!isCreated) {
      return Option.none()
    }
    // A slow process may create a file that another process has already used and removed: then there is a later one.
    if (!(yield* isLatestLease(folder, key, fence))) {
      yield* Effect.ignore(folder.fs.remove(path, { force: true }))
      return Option.none()
    }
    yield* removeBefore(folder, key, "lease", fence)
    return Option.some({
      fence,
      renew: renew(folder, key, fence, duration),
      release: release(folder, key, fence)
    })
  })

const renew = (
  folder: Folder,
  key: string,
  fence: number,
  duration: Duration.Duration
): Effect.Effect<void, StoreFailure> =>
  Effect.flatMap(
    isLatestLease(folder, key, fence),
    (isLatest) =>
      isLatest
        ? rewriteLease(folder, key, fence, duration)
        : new StoreFailure({ operation: "lease", detail: "another process took it" })
  )

const release = (folder: Folder, key: string, fence: number): Effect.Effect<void, StoreFailure> =>
  Effect.flatMap(
    isLatestLease(folder, key, fence),
    (isLatest) => isLatest ? rewriteLease(folder, key, fence, Duration.zero) : Effect.void
  )

const isLatestLease = (folder: Folder, key: string, fence: number): Effect.Effect<boolean, StoreFailure> =>
  Effect.map(latestFence(folder, "lease", key, "lease"), Option.contains(fence))

const rewriteLease = (
  folder: Folder,
  key: string,
  fence: number,
  duration: Duration.Duration
): Effect.Effect<void, StoreFailure> =>
  Effect.gen(function*() {
    const path = pathOf(folder, key, "lease", fence)
    const text = leaseText(yield* Clock.currentTimeMillis, duration)
    yield* writeFile(folder, path, text, (temporary) => folder.fs.rename(temporary, path)).pipe(
      Effect.mapError(failed("lease", path))
    )
  })

const isHeld = (folder: Folder, key: string, fence: number): Effect.Effect<boolean, StoreFailure> =>
  Effect.gen(function*() {
    const text = yield* folder.fs.readFileString(pathOf(folder, key, "lease", fence))
    const { since, until } = Either.getOrElse(Schema.decodeEither(LeaseText)(text), () => ({ since: 0, until: 0 }))
    return isPending(since, until, yield* Clock.currentTimeMillis)
  }).pipe(
    // Another process replaced it at this moment.
    Effect.catchIf(isReason("NotFound"), () => Effect.succeed(true)),
    Effect.mapError(failed("lease", pathOf(folder, key, "lease", fence)))
  )

const LeaseText = Schema.parseJson(Schema.Struct({ since: Schema.JsonNumber, until: Schema.JsonNumber }))

const leaseText = (now: number, duration: Duration.Duration): string =>
  Schema.encodeSync(LeaseText)({ since: now, until: now + Duration.toMillis(duration) })

// The folder

const openFolder = (folder: Folder, operation: Operation): Effect.Effect<void, StoreFailure> =>
  makeFolder(folder.fs, folder.directory).pipe(
    Effect.mapError(failed(operation, folder.directory)),
    Effect.zipRight(checkPrivate(folder, operation, folder.directory, 0o700))
  )

// One folder at a time: a recursive `makeDirectory` of Node reports ENOENT for a disk that is read-only.
const makeFolder = (fs: FileSystem.FileSystem, path: string): Effect.Effect<void, PlatformError.PlatformError> => {
  const make = Effect.catchIf(fs.makeDirectory(path, { mode: 0o700 }), isReason("AlreadyExists"), () => Effect.void)
  const parent = path.slice(0, Math.max(path.lastIndexOf("/"), 0))
  return parent === "" ?
    make :
    Effect.catchIf(make, isReason("NotFound"), () => Effect.zipRight(makeFolder(fs, parent), make))
}

const checkPrivate = (
  folder: Folder,
  operation: Operation,
  path: string,
  mode: number
): Effect.Effect<void, StoreFailure> =>
  Effect.flatMap(
    Effect.mapError(folder.fs.stat(path), failed(operation, path)),
    (info) =>
      (info.mode & 0o077) === 0 ? Effect.void : new StoreFailure({
        operation,
        detail: `others have access to ${path}; chmod ${mode.toString(8)} it`
      })
  )

const latestFence = (
  folder: Folder,
  operation: Operation,
  key: string,
  series: Series
): Effect.Effect<Option.Option<number>, StoreFailure> =>
  folder.fs.readDirectory(folder.directory).pipe(
    Effect.catchIf(isReason("NotFound"), () => Effect.succeed([])),
    Effect.mapError(failed(operation, folder.directory)),
    Effect.map((names) => {
      const fences = Arr.filterMap(names, (name) => fenceOf(name, key, series))
      return fences.length === 0 ? Option.none() : Option.some(Math.max(...fences))
    })
  )

const fenceOf = (name: string, key: string, series: Series): Option.Option<number> => {
  const [account, kind, fence, ...more] = name.split(".")
  return account === key && kind === series && more.length === 0 && /^[0-9]+$/.test(fence ?? "")
    ? Option.some(Number(fence))
    : Option.none()
}

const highestFence = (folder: Folder, operation: Operation, key: string): Effect.Effect<number, StoreFailure> =>
  Effect.zipWith(
    latestFence(folder, operation, key, "lease"),
    latestFence(folder, operation, key, "record"),
    (lease, record) => Math.max(Option.getOrElse(lease, () => 0), Option.getOrElse(record, () => 0))
  )

interface Stored {
  readonly fence: number
  readonly text: string
}

const readLatest = (
  folder: Folder,
  operation: Operation,
  key: string
): Effect.Effect<Option.Option<Stored>, StoreFailure> =>
  Effect.flatMap(
    latestFence(folder, operation, key, "record"),
    Option.match({
      onNone: () => Effect.succeedNone,
      onSome: (fence) =>
        Effect.catchAll(
          Effect.asSome(read(folder, operation, key, fence)),
          // A record that is gone has been replaced.
          (failure) =>
            Effect.flatMap(
              latestFence(folder, operation, key, "record"),
              (now) => Option.contains(now, fence) ? Effect.fail(failure) : readLatest(folder, operation, key)
            )
        )
    })
  )

const read = (folder: Folder, operation: Operation, key: string, fence: number): Effect.Effect<Stored, StoreFailure> =>
  Effect.gen(function*() {
    const path = pathOf(folder, key, "record", fence)
    yield* checkPrivate(folder, operation, path, 0o600)
    return { fence, text: yield* Effect.mapError(folder.fs.readFileString(path), failed(operation, path)) }
  })

/** Writes a file whole or not at all: a temporary file is flushed, then `settle` puts it in its place. */
const writeFile = <A>(
  { fs }: Folder,
  path: string,
  text: string,
  settle: (temporary: string) => Effect.Effect<A, PlatformError.PlatformError>
): Effect.Effect<A, PlatformError.PlatformError> =>
  Effect.gen(function*() {
    const temporary = `${path}.${yield* Random.nextIntBetween(0, Number.MAX_SAFE_INTEGER)}`
    return yield* Effect.scoped(
      Effect.gen(function*() {
        const file = yield* fs.open(temporary, { flag: "wx", mode: 0o600 })
        yield* file.writeAll(new TextEncoder().encode(text))
        yield* file.sync
      })
    ).pipe(
      Effect.zipRight(settle(temporary)),
      Effect.ensuring(Effect.ignore(fs.remove(temporary, { force: true })))
    )
  })

// A rename is durable once the folder is flushed. Not every system lets a folder be opened.
const syncFolder = ({ directory, fs }: Folder): Effect.Effect<void> =>
  Effect.ignore(Effect.scoped(Effect.flatMap(fs.open(directory, { flag: "r" }), (file) => file.sync)))

// Also removes temporary files that a process left behind. A file that is gone was removed by another process.
const removeBefore = ({ directory, fs }: Folder, key: string, series: Series, fence: number): Effect.Effect<void> =>
  Effect.ignore(
    Effect.flatMap(fs.readDirectory(directory), (names) =>
      Effect.forEach(
        names.filter((name) => {
          const [account, kind, number] = name.split(".")
          return account === key && kind === series && Number(number) < fence
        }),
        (name) => Effect.ignore(fs.remove(`${directory}/${name}`, { force: true }))
      ))
  )

const failed = (operation: Operation, path: string) => (error: PlatformError.PlatformError): StoreFailure =>
  fromSystemError(operation, path, error)

const isReason = (...reasons: ReadonlyArray<string>) => (error: PlatformError.PlatformError): boolean =>
  error._tag === "SystemError" && reasons.includes(error.reason)
