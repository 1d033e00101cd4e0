import * as Effect from "effect/Effect"
import * as Effectable from "effect/Effectable"
import { constVoid, identity } from "effect/Function"
import * as Readable from "effect/Readable"
import * as Ref from "effect/Ref"

/**
 * A `Ref` whose value can also be read and set within one synchronous step, by `get` and `set` below.
 *
 * `Ref.modify` is an effect: its result reaches the next effect one turn of the fiber later, which is too slow for every
 * read of a token (docs/decisions/sync-ref.md has the measurement). Everything else uses `Ref` as usual.
 */
class SyncRef<A> extends Effectable.Class<A> implements Ref.Ref<A> {
  readonly [Ref.RefTypeId]: Ref.Ref.Variance<A>[Ref.RefTypeId] = variance
  readonly [Readable.TypeId]: Readable.TypeId = Readable.TypeId
  readonly onChange: () => void
  current: A

  constructor(initial: A, onChange: () => void) {
    super()
    this.current = initial
    this.onChange = onChange
  }

  // Made at each use: a stored effect would cost memory in each of thousands of refs.
  get get(): Effect.Effect<A> {
    return Effect.sync(() => this.current)
  }

  commit(): Effect.Effect<A> {
    return this.get
  }

  modify<B>(f: (current: A) => readonly [B, A]): Effect.Effect<B> {
    return Effect.sync(() => {
      const [result, next] = f(this.current)
      this.set(next)
      return result
    })
  }

  set(next: A): void {
    if (next !== this.current) {
      this.current = next
      this.onChange()
    }
  }
}

const variance = { _A: identity }

/** A `Ref` that calls `onChange` after each change of its value. */
export const make = <A>(initial: A, onChange: () => void = constVoid): Ref.Ref<A> => new SyncRef(initial, onChange)

/** The value of a `Ref` now. */
export const get = <A>(self: Ref.Ref<A>): A => self instanceof SyncRef ? self.current : Effect.runSync(Ref.get(self))

/** Sets a `Ref` now. */
export const set = <A>(self: Ref.Ref<A>, value: A): void =>
  self instanceof SyncRef ? self.set(value) : Effect.runSync(Ref.set(self, value))
