import * as Effect from "effect/Effect"
import * as Effectable from "effect/Effectable"
import { identity } from "effect/Function"
import * as Readable from "effect/Readable"
import * as Ref from "effect/Ref"

/**
 * A `Ref` whose value can also be read and set within one synchronous step, by `current` and `set`. It calls `onChange`
 * after each change of its value.
 *
 * `Ref.modify` is an effect: its result reaches the next effect one turn of the fiber later, which is too slow for every
 * read of a token (docs/decisions/sync-ref.md has the measurement). Everything else uses `Ref` as usual.
 */
export class SyncRef<A> extends Effectable.Class<A> implements Ref.Ref<A> {
  readonly [Ref.RefTypeId]: Ref.Ref.Variance<A>[Ref.RefTypeId] = variance
  readonly [Readable.TypeId]: Readable.TypeId = Readable.TypeId
  readonly get: Effect.Effect<A> = Effect.sync(() => this.current)
  readonly onChange: () => void
  current: A

  constructor(initial: A, onChange: () => void) {
    super()
    this.current = initial
    this.onChange = onChange
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
