import type * as FileSystem from "@effect/platform/FileSystem"
import * as FileTokenStore from "@jindouyun/core/FileTokenStore"
import { StoreFailure } from "@jindouyun/core/JindouyunError"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { LastLogin } from "../Settings.js"
import * as files from "./files.js"
import type { Places } from "./Places.js"

const Written = Schema.parseJson(Schema.Struct({ username: Schema.NonEmptyString, baseUrl: Schema.String }))

/**
 * The account of the last login; none if there is no login or if the text of its file is damaged. Fails if another user
 * may have written the file.
 *
 * @internal
 */
export const read = (places: Places): Effect.Effect<Option.Option<LastLogin>, StoreFailure, FileSystem.FileSystem> =>
  Effect.map(
    FileTokenStore.readTrusted(places.lastLogin, { isPrivate: false }),
    Option.flatMap((bytes) => Schema.decodeOption(Written)(new TextDecoder().decode(bytes)))
  )

/** @internal */
export const write = (
  places: Places,
  last: LastLogin
): Effect.Effect<void, StoreFailure, FileSystem.FileSystem> =>
  Option.match(places.problem, {
    onNone: () => files.write(places.state, places.lastLogin, Schema.encodeSync(Written)(last)),
    onSome: ({ message }) => new StoreFailure({ operation: "save", detail: message })
  })

/** @internal */
export const forget = (
  places: Places,
  account: LastLogin
): Effect.Effect<void, StoreFailure, FileSystem.FileSystem> =>
  Effect.flatMap(
    read(places),
    (last) =>
      Option.exists(last, (last) => last.username === account.username && last.baseUrl === account.baseUrl)
        ? files.remove(places.lastLogin)
        : Effect.void
  )
