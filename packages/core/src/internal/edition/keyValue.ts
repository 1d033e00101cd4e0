import type * as PlatformError from "@effect/platform/Error"
import type * as KeyValueStore from "@effect/platform/KeyValueStore"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"

/** The error of a `KeyValueStore`. */
export type KeyValueError = PlatformError.PlatformError

/** Reads the value of a key from a `KeyValueStore`: `Option.none()` if it has none. */
export const get = (
  store: KeyValueStore.KeyValueStore,
  key: string
): Effect.Effect<Option.Option<string>, KeyValueError> => store.get(key)
