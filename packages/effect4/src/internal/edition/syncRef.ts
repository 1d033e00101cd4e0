import { constVoid } from "effect/Function"
import * as MutableRef from "effect/MutableRef"
import * as Ref from "effect/Ref"

/** The value of a `Ref` that calls `onChange` after each change. */
interface Observed<A> extends MutableRef.MutableRef<A> {
  value: A
  onChange: () => void
}

// The accessors belong to the prototype: on each object they would cost 450 B, and slow down the reads of many accounts.
const prototype: object = Object.create(Object.getPrototypeOf(MutableRef.make(undefined)), {
  current: {
    get(this: Observed<unknown>) {
      return this.value
    },
    set(this: Observed<unknown>, next: unknown) {
      if (next !== this.value) {
        this.value = next
        this.onChange()
      }
    }
  }
})

/** A `Ref` that calls `onChange` after each change of its value. */
export const make = <A>(initial: A, onChange: () => void = constVoid): Ref.Ref<A> => {
  const ref: Observed<A> = Object.create(prototype)
  ref.value = initial
  ref.onChange = onChange
  return Object.assign(Ref.makeUnsafe(initial), { ref })
}

/** The value of a `Ref` now. */
export const get: <A>(self: Ref.Ref<A>) => A = Ref.getUnsafe

/** Sets a `Ref` now. */
export const set = <A>(self: Ref.Ref<A>, value: A): void => {
  self.ref.current = value
}
