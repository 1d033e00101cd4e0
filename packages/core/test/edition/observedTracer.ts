import * as Effect from "effect/Effect"
import * as Tracer from "effect/Tracer"

/** Effect's own tracer, which tells of each new span. */
export const observedTracer = (
  onSpan: (span: Tracer.Span, options: Tracer.SpanOptions | undefined) => void
): Tracer.Tracer => {
  const native = Effect.runSync(Effect.tracer)
  return Tracer.make({
    context: (f, fiber) => native.context(f, fiber),
    span: (name, parent, context, links, startTime, kind, options) => {
      const span = native.span(name, parent, context, links, startTime, kind, options)
      onSpan(span, options)
      return span
    }
  })
}
