import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as KeyValueStore from "effect/persistence/KeyValueStore"

/** The error of a `KeyValueStore`. */
export type KeyValueError = KeyValueStore.KeyValueStoreError

/** Reads the value of a key from a `KeyValueStore`: `Option.none()` if it has none. */
export const get = (
  store: KeyValueStore.KeyValueStore,
  key: string
): Effect.Effect<Option.Option<string>, KeyValueError> => Effect.map(store.get(key), Option.fromUndefinedOr)
