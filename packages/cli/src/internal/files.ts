import type * as PlatformError from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as FileTokenStore from "@jindouyun/core/FileTokenStore"
import { fromSystemError, type StoreFailure } from "@jindouyun/core/JindouyunError"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import { dirname } from "node:path"

/** @internal */
export const isMissing = (error: PlatformError.PlatformError): boolean =>
  error._tag === "SystemError" && error.reason === "NotFound"

const failed = (operation: StoreFailure["operation"], path: string) => (error: PlatformError.PlatformError) =>
  fromSystemError(operation, path, error)

/**
 * The text of a private file, if the file exists.
 *
 * @internal
 */
export const read = (path: string): Effect.Effect<Option.Option<string>, StoreFailure, FileSystem.FileSystem> =>
  Effect.map(
    FileTokenStore.readTrusted(path, { isPrivate: true }),
    Option.map((bytes) => new TextDecoder().decode(bytes))
  )

/**
 * Writes a file atomically; only its owner can read it.
 *
 * @internal
 */
export const write = (
  folder: string,
  path: string,
  text: string
): Effect.Effect<void, StoreFailure, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const temporary = `${path}.${yield* Random.nextIntBetween(0, Number.MAX_SAFE_INTEGER)}`
    yield* makeFolder(fs, folder)
    yield* fs.writeFileString(temporary, text, { flag: "wx", mode: 0o600 }).pipe(
      Effect.zipRight(fs.rename(temporary, path)),
      Effect.ensuring(Effect.ignore(fs.remove(temporary, { force: true })))
    )
  }).pipe(Effect.uninterruptible, Effect.mapError(failed("save", path)))

// Step by step: a recursive creation by Node never ends in `/proc`.
const makeFolder = (fs: FileSystem.FileSystem, path: string): Effect.Effect<void, PlatformError.PlatformError> => {
  const made = Effect.catchIf(
    fs.makeDirectory(path, { mode: 0o700 }),
    (error) => error._tag === "SystemError" && error.reason === "AlreadyExists",
    () => Effect.void
  )
  return dirname(path) === path
    ? made
    : Effect.catchIf(made, isMissing, () => Effect.zipRight(makeFolder(fs, dirname(path)), made))
}

/** @internal */
export const remove = (path: string): Effect.Effect<void, StoreFailure, FileSystem.FileSystem> =>
  Effect.flatMap(
    FileSystem.FileSystem,
    (fs) => Effect.mapError(fs.remove(path, { force: true, recursive: true }), failed("save", path))
  )
