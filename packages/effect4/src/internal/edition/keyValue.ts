import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as KeyValueStore from "effect/persistence/KeyValueStore"

/** The error of a `KeyValueStore`. */
export type KeyValueError = KeyValueStore.KeyValueStoreError

export const get = (
  store: KeyValueStore.KeyValueStore,
  key: string
): Effect.Effect<Option.Option<string>, KeyValueError> => Effect.map(store.get(key), Option.fromUndefinedOr)
