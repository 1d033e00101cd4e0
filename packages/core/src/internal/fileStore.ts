import type * as PlatformError from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import { StoreFailure } from "../JindouyunError.js"
import { isPending } from "../Token.js"
import type { Codec, TokenRecord } from "../TokenRecord.js"
import * as polledLease from "./polledLease.js"

type Operation = StoreFailure["operation"]

type Kind = "lease" | "record"

/**
 * Two series of files for each account, both counted by leases: `<key>.lease.<fence>` and `<key>.record.<fence>`. The
 * last of each is the one in force, the others are removed.
 *
 * A lease is taken by making the file after the last, which but one can; it is free when the last has run out, so that
 * who dies with it stops nobody for longer. A record is written under the number of its lease: one that is late, its
 * writer having been overtaken, cannot take the place of a later one.
 *
 * @internal
 */
export const make = (directory: string, codec: Codec) =>
  Effect.map(FileSystem.FileSystem, (fs) => {
    const path = (key: string, kind: Kind, fence: number) => `${directory}/${key}.${kind}.${fence}`

    const failed = (operation: Operation) => (error: PlatformError.PlatformError) =>
      new StoreFailure({
        operation,
        detail: error._tag === "SystemError"
          ? `${error.reason} (${error.method} ${error.pathOrDescriptor ?? directory})`
          : `${error._tag} (${error.method})`
      })

    const checkPrivate = (operation: Operation, path: string, mode: number) =>
      Effect.flatMap(
        Effect.mapError(fs.stat(path), failed(operation)),
        (info) =>
          (info.mode & 0o077) === 0 ? Effect.void : Effect.fail(
            new StoreFailure({ operation, detail: `others have access to ${path}; chmod ${mode.toString(8)} it` })
          )
      )

    const openFolder = (operation: Operation) =>
      fs.makeDirectory(directory, { recursive: true, mode: 0o700 }).pipe(
        Effect.mapError(failed(operation)),
        Effect.zipRight(checkPrivate(operation, directory, 0o700))
      )

    /** The numbers in use, the highest first. */
    const fences = (operation: Operation, key: string, kind: Kind) =>
      fs.readDirectory(directory).pipe(
        Effect.catchIf(isReason("NotFound"), () => Effect.succeed([])),
        Effect.mapError(failed(operation)),
        Effect.map((names) =>
          Arr.filterMap(names, (name: string) => {
            const [account, series, fence, ...more] = name.split(".")
            return account === key && series === kind && more.length === 0 && /^[0-9]+$/.test(fence ?? "")
              ? Option.some(Number(fence))
              : Option.none()
          }).sort((one, other) => other - one)
        )
      )

    const last = (operation: Operation, key: string, kind: Kind) => Effect.map(fences(operation, key, kind), Arr.head)

    /** Whole or not at all, whatever happens meanwhile; `settle` puts it in its place. */
    const write = <A>(
      name: string,
      text: string,
      settle: (temporary: string) => Effect.Effect<A, PlatformError.PlatformError>
    ) =>
      Effect.gen(function*() {
        const temporary = `${name}.${yield* Random.nextIntBetween(0, Number.MAX_SAFE_INTEGER)}`
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

    // A rename lasts when the folder has been written, too. Not every system lets a folder be opened.
    const syncFolder = Effect.ignore(
      Effect.scoped(Effect.flatMap(fs.open(directory, { flag: "r" }), (folder) => folder.sync))
    )

    // What is gone already, others have removed. With a file go the temporary ones that its writer left behind.
    const removeBefore = (key: string, kind: Kind, fence: number) =>
      Effect.ignore(
        Effect.flatMap(fs.readDirectory(directory), (names) =>
          Effect.forEach(
            names.filter((name) => {
              const [account, series, number] = name.split(".")
              return account === key && series === kind && Number(number) < fence
            }),
            (name) => Effect.ignore(fs.remove(`${directory}/${name}`, { force: true }))
          ))
      )

    const leaseText = (now: number, duration: Duration.Duration) =>
      Schema.encodeSync(LeaseText)({ since: now, until: now + Duration.toMillis(duration) })

    const isTaken = (key: string, fence: number) =>
      Effect.gen(function*() {
        const text = yield* fs.readFileString(path(key, "lease", fence))
        const { since, until } = Either.getOrElse(Schema.decodeEither(LeaseText)(text), () => free)
        return isPending(since, until, yield* Clock.currentTimeMillis)
      }).pipe(
        // It has been overtaken in this very moment.
        Effect.catchIf(isReason("NotFound"), () => Effect.succeed(true)),
        Effect.mapError(failed("lease"))
      )

    const renew = (key: string, fence: number, duration: Duration.Duration) =>
      Effect.gen(function*() {
        if (Option.getOrUndefined(yield* last("lease", key, "lease")) !== fence) {
          return yield* polledLease.lost
        }
        const name = path(key, "lease", fence)
        const now = yield* Clock.currentTimeMillis
        yield* write(name, leaseText(now, duration), (temporary) => fs.rename(temporary, name)).pipe(
          Effect.mapError(failed("lease"))
        )
      })

    const read = (key: string, fence: number) =>
      Effect.gen(function*() {
        const name = path(key, "record", fence)
        yield* checkPrivate("load", name, 0o600)
        const text = yield* Effect.mapError(fs.readFileString(name), failed("load"))
        return yield* codec.decode(key, text)
      })

    const load = (key: string): Effect.Effect<Option.Option<TokenRecord>, StoreFailure> =>
      Effect.flatMap(
        last("load", key, "record"),
        Option.match({
          onNone: () => Effect.succeedNone,
          onSome: (fence) =>
            // A record that is gone has been replaced.
            Effect.catchAll(
              read(key, fence),
              (failure) =>
                Effect.flatMap(
                  last("load", key, "record"),
                  (now) => Option.contains(now, fence) ? Effect.fail(failure) : load(key)
                )
            )
        })
      )

    return {
      load,
      save: (key: string, record: TokenRecord, lease: Option.Option<{ readonly fence: number }>) =>
        Effect.gen(function*() {
          yield* openFolder("save")
          const newest = yield* last("save", key, "record")
          const fence = Option.getOrElse(
            Option.map(lease, ({ fence }) => fence),
            () => Option.getOrElse(newest, () => 0)
          )
          const given = yield* last("save", key, "lease")
          if (Option.isSome(lease) && [newest, given].some(Option.exists((other) => other > fence))) {
            return false
          }
          const stored = yield* load(key)
          if (Option.exists(stored, ({ generation }) => generation > record.generation)) {
            return false
          }
          const name = path(key, "record", fence)
          yield* write(name, yield* codec.encode(key, record), (temporary) => fs.rename(temporary, name)).pipe(
            Effect.mapError(failed("save"))
          )
          yield* syncFolder
          yield* removeBefore(key, "record", fence)
          return true
        }),
      withLease: polledLease.make({
        acquire: (key, duration) =>
          Effect.gen(function*() {
            yield* openFolder("lease")
            const newest = yield* last("lease", key, "lease")
            if (Option.isSome(newest) && (yield* isTaken(key, newest.value))) {
              return Option.none()
            }
            const fence = 1 + Math.max(
              Option.getOrElse(newest, () => 0),
              Option.getOrElse(yield* last("lease", key, "record"), () => 0)
            )
            const name = path(key, "lease", fence)
            const now = yield* Clock.currentTimeMillis
            const isMine = yield* write(
              name,
              leaseText(now, duration),
              (temporary) => Effect.as(fs.link(temporary, name), true)
            ).pipe(
              Effect.catchIf(isReason("AlreadyExists", "NotFound"), () => Effect.succeed(false)),
              Effect.mapError(failed("lease"))
            )
            if (!isMine) {
              return Option.none()
            }
            // A slow process may have made a file that another process used and removed: then there is a later one.
            if (Option.getOrUndefined(yield* last("lease", key, "lease")) !== fence) {
              yield* Effect.ignore(fs.remove(name, { force: true }))
              return Option.none()
            }
            yield* removeBefore(key, "lease", fence)
            return Option.some({ fence, renew: renew(key, fence, duration) })
          }),
        release: (key, { fence }) => Effect.asVoid(renew(key, fence, Duration.zero))
      })
    }
  })

const LeaseText = Schema.parseJson(Schema.Struct({ since: Schema.JsonNumber, until: Schema.JsonNumber }))

const free = { since: 0, until: 0 }

const isReason = (...reasons: ReadonlyArray<string>) => (error: PlatformError.PlatformError): boolean =>
  error._tag === "SystemError" && reasons.includes(error.reason)
