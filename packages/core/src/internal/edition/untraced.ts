import * as Headers from "@effect/platform/Headers"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Effect from "effect/Effect"
import type * as FiberId from "effect/FiberId"
import * as FiberRef from "effect/FiberRef"
import * as FiberRefs from "effect/FiberRefs"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"

/**
 * A tracer whose spans record nothing. A client of the consumer may turn tracing on again around a request with a secret;
 * with this tracer its spans stay empty.
 */
const silent: Tracer.Tracer = Tracer.make({
  context: (f) => f(),
  span: (name, parent, context, links, startTime, kind) => {
    const { spanId, traceId } = Option.getOrElse(parent, () => nowhere)
    return {
      _tag: "Span",
      name,
      spanId,
      traceId,
      parent,
      context,
      links,
      kind,
      status: { _tag: "Started", startTime },
      attributes: new Map(),
      sampled: false,
      attribute: () => {},
      event: () => {},
      addLinks: () => {},
      end: () => {}
    }
  }
})

const nowhere = { spanId: "0000000000000000", traceId: "00000000000000000000000000000000" }

/** A span that cannot be written to. It still shows a client which trace its request belongs to. */
export const traceOf = ({ context, sampled, spanId, traceId }: Tracer.AnySpan): Tracer.ExternalSpan =>
  Tracer.externalSpan({ context, sampled, spanId, traceId })

/** The settings of a new fiber. */
export type Settings = (refs: FiberRefs.FiberRefs, fiberId: FiberId.Runtime) => FiberRefs.FiberRefs

/**
 * The settings of a fiber that runs a client: the fiber records no span, sends no trace header and logs no failure.
 * The header of the token is redacted.
 */
export const untracedSettings = (tokenName: string): Settings => (refs, fiberId) => {
  const services = FiberRefs.getOrDefault(refs, DefaultServices.currentServices)
  const redacted = FiberRefs.getOrDefault(refs, Headers.currentRedactedNames)
  return FiberRefs.updateManyAs(refs, {
    entries: [
      [DefaultServices.currentServices, [[fiberId, Context.add(services, Tracer.Tracer, silent)]]],
      [FiberRef.currentTracerEnabled, [[fiberId, false]]],
      [HttpClient.currentTracerPropagation, [[fiberId, false]]],
      [Headers.currentRedactedNames, [[fiberId, [...redacted, tokenName]]]],
      [FiberRef.unhandledErrorLogLevel, [[fiberId, Option.none()]]]
    ]
  })
}

/**
 * Keeps the failures of a client's fibers out of the log. The runtime logs each fiber that ends in a failure with the whole
 * error, and the error of a client contains the request with its secret.
 */
export const unlogged: <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R> = Effect
  .withUnhandledErrorLogLevel(Option.none())

/** Runs a client with the same settings, and without a way to write to the span of the caller. */
export const untraced = (tokenName: string) => <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  self.pipe(
    unlogged,
    Effect.mapInputContext((context: Context.Context<R>) =>
      Option.match(Context.getOption(context, Tracer.ParentSpan), {
        onNone: () => context,
        onSome: (span) => Context.add(context, Tracer.ParentSpan, traceOf(span))
      })
    ),
    Effect.locally(HttpClient.currentTracerPropagation, false),
    Effect.locallyWith(Headers.currentRedactedNames, (names) => [...names, tokenName]),
    Effect.withTracer(silent),
    Effect.withTracerEnabled(false)
  )
