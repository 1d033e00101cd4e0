import { constVoid } from "effect/Function"
import * as Ref from "effect/Ref"

/** A `Ref` that calls `onChange` after each change of its value. */
export const make = <A>(initial: A, onChange: () => void = constVoid): Ref.Ref<A> => {
  const self = Ref.makeUnsafe(initial)
  let current = initial
  Object.defineProperty(self.ref, "current", {
    enumerable: true,
    get: () => current,
    set: (next: A) => {
      if (next !== current) {
        current = next
        onChange()
      }
    }
  })
  return self
}

/** The value of a `Ref` now. */
export const get: <A>(self: Ref.Ref<A>) => A = Ref.getUnsafe

/** Sets a `Ref` now. */
export const set = <A>(self: Ref.Ref<A>, value: A): void => {
  self.ref.current = value
}
