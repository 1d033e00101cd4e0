import * as Effect from "effect/Effect"
import * as Effectable from "effect/Effectable"
import { identity } from "effect/Function"
import * as Readable from "effect/Readable"
import * as Ref from "effect/Ref"

/**
 * A `Ref` that can also be read and set in the middle of a synchronous step. What `Ref.modify` finds out is told to the
 * effect that comes after it, which is one more turn of the fiber: too much on the way of every read.
 *
 * @internal
 */
export class SyncRef<A> extends Effectable.Class<A> implements Ref.Ref<A> {
  readonly [Ref.RefTypeId]: Ref.Ref.Variance<A>[Ref.RefTypeId] = variance
  readonly [Readable.TypeId]: Readable.TypeId = Readable.TypeId
  readonly get: Effect.Effect<A> = Effect.sync(() => this.current)
  current: A

  constructor(current: A) {
    super()
    this.current = current
  }

  commit(): Effect.Effect<A> {
    return this.get
  }

  modify<B>(f: (current: A) => readonly [B, A]): Effect.Effect<B> {
    return Effect.sync(() => {
      const [answer, next] = f(this.current)
      this.current = next
      return answer
    })
  }
}

const variance = { _A: identity }
