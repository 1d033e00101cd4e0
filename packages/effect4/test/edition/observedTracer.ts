import * as Effect from "effect/Effect"
import * as Tracer from "effect/Tracer"

/** Effect's own tracer, which tells of each new span. */
export const observedTracer = (
  onSpan: (span: Tracer.Span, options: Tracer.SpanOptions | undefined) => void
): Tracer.Tracer => {
  const native = Effect.runSync(Effect.tracer)
  return Tracer.make({
    span: (options) => {
      const span = native.span(options)
      onSpan(span, undefined)
      return span
    }
  })
}
