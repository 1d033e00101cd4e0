// Whether a path can be trusted: only this user and root can change the content.
import type * as PlatformError from "@effect/platform/Error"
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { fromSystemError, StoreFailure } from "../JindouyunError.js"
import { isReason } from "./edition/systemError.js"

export interface Wanted {
  readonly operation: StoreFailure["operation"]
  readonly type: "File" | "Directory"
  /** Whether other users may not read it either. */
  readonly isPrivate: boolean
  /** A folder without links in its path that was checked before. */
  readonly from?: string | undefined
}

/**
 * The file or folder at `path`, if there is one. Fails if the file or folder is of another type, or if a user other than
 * root owns it or can write to it. The same holds for each folder and link on the way. Opens nothing, so a fifo cannot
 * block.
 */
export const check = (
  fs: FileSystem.FileSystem,
  path: string,
  wanted: Wanted
): Effect.Effect<Option.Option<FileSystem.File.Info>, StoreFailure> => {
  const fail = (detail: string) => new StoreFailure({ operation: wanted.operation, detail })
  const failed = (at: string) => (error: PlatformError.PlatformError) => fromSystemError(wanted.operation, at, error)
  const walk = (
    start: string,
    names: ReadonlyArray<string>,
    links: number
  ): Effect.Effect<Option.Option<FileSystem.File.Info>, StoreFailure> =>
    Effect.gen(function*() {
      let at = start
      let found = Option.none<FileSystem.File.Info>()
      for (const [number, name] of names.entries()) {
        if (name === "" || name === "." || name === "..") {
          at = name === ".." ? at.slice(0, at.lastIndexOf("/")) : at
          continue
        }
        const next = `${at}/${name}`
        const target = yield* Effect.option(fs.readLink(next))
        if (Option.isSome(target)) {
          const rest = [...target.value.split("/"), ...names.slice(number + 1)]
          return links === 0
            ? yield* new StoreFailure({ operation: wanted.operation, detail: `ELOOP (${next})`, systemError: "ELOOP" })
            : yield* walk(target.value.startsWith("/") ? "" : at, rest, links - 1)
        }
        const info = yield* Effect.asSome(fs.stat(next)).pipe(
          Effect.catchIf(isReason("NotFound"), () => Effect.succeedNone),
          Effect.mapError(failed(next))
        )
        if (Option.isNone(info)) {
          return info
        }
        const isLast = names.slice(number + 1).every((name) => name === "" || name === ".")
        const problem = problemOf(info.value, isLast ? wanted : { type: "Directory", isPrivate: false }, isLast)
        if (problem !== undefined) {
          return yield* fail(`${next}${problem}`)
        }
        at = next
        found = info
      }
      return found
    })
  const { from } = wanted
  return from !== undefined && path.startsWith(`${from}/`)
    ? walk(from, path.slice(from.length).split("/"), 40)
    : path.startsWith("/")
    ? walk("", path.split("/"), 40)
    : Effect.flatMap(
      Effect.mapError(fs.realPath("."), failed(path)),
      (folder) => walk("", `${folder}/${path}`.split("/"), 40)
    )
}

const problemOf = (
  { mode, type, uid }: FileSystem.File.Info,
  wanted: Pick<Wanted, "isPrivate" | "type">,
  isLast: boolean
): string | undefined => {
  const user = userId()
  const owner = Option.getOrElse(uid, () => 0)
  const found = ` (owner ${owner}, mode ${(mode & 0o7777).toString(8)})`
  const isSticky = wanted.type === "Directory" && !isLast && (mode & 0o1000) !== 0
  return type !== wanted.type
    ? `${found} is ${names[type]}, but must be ${names[wanted.type]}: move it away`
    : user === undefined
    ? undefined
    : owner !== user && owner !== 0
    ? `${found} belongs to another user: use chown ${user}, or another path`
    : (mode & (wanted.isPrivate ? 0o077 : 0o022)) !== 0 && !isSticky
    ? `${found} ${wanted.isPrivate ? "is open to other users" : "can be changed by other users"}: use chmod ${
      wanted.isPrivate ? type === "File" ? "600" : "700" : "go-w"
    }, or another path`
    : undefined
}

const names: { readonly [type in FileSystem.File.Type]: string } = {
  File: "a file",
  Directory: "a folder",
  SymbolicLink: "a link",
  FIFO: "a fifo",
  Socket: "a socket",
  CharacterDevice: "a device",
  BlockDevice: "a device",
  Unknown: "of an unknown type"
}

// Windows has no user ids, and its modes say nothing.
const userId = (): number | undefined => {
  const { process } = globalThis as { readonly process?: { readonly geteuid?: () => number } }
  return process?.geteuid?.()
}
