import * as Effect from "effect/Effect"
import { rmdir } from "node:fs/promises"

/**
 * Removes a folder if it is empty; does nothing otherwise. `FileSystem` removes folders with their content only.
 *
 * @internal
 */
export const removeIfEmpty = (path: string): Effect.Effect<void> => Effect.ignore(Effect.tryPromise(() => rmdir(path)))
