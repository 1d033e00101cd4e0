import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { constTrue } from "effect/Function"
import * as Headers from "effect/http/Headers"
import * as HttpClient from "effect/http/HttpClient"
import * as UrlParams from "effect/http/UrlParams"
import * as Option from "effect/Option"
import * as References from "effect/References"
import * as Tracer from "effect/Tracer"

/**
 * A tracer whose spans record nothing. A client of the consumer may turn tracing on again around a request with a secret;
 * with this tracer its spans stay empty.
 */
const silent: Tracer.Tracer = Tracer.make({
  span: ({ annotations, kind, links, name, parent, startTime }) => {
    const { spanId, traceId } = Option.getOrElse(parent, () => nowhere)
    return {
      _tag: "Span",
      name,
      spanId,
      traceId,
      parent,
      annotations,
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
export const traceOf = ({ annotations, sampled, spanId, traceId }: Tracer.AnySpan): Tracer.ExternalSpan =>
  Tracer.externalSpan({ annotations, sampled, spanId, traceId })

/** Changes the settings of a fiber, which Effect 4 keeps beside its services. */
export type Settings = <R>(context: Context.Context<R>) => Context.Context<R>

const untracedContext = Context.make(Tracer.Tracer, silent).pipe(
  Context.add(References.TracerEnabled, false),
  Context.add(References.UnhandledLogLevel, undefined),
  Context.add(HttpClient.TracerDisabledWhen, constTrue),
  Context.add(HttpClient.TracerPropagationEnabled, false)
)

/**
 * The settings of a fiber that runs a client: no span, no header of a trace, no failure in the log, and the name of the
 * token among those whose header and query parameter a client of the consumer must not show.
 */
export const untracedSettings = (tokenName: string): Settings => (context) =>
  Context.merge(context, untracedContext).pipe(
    Context.add(Headers.CurrentRedactedNames, [...Context.get(context, Headers.CurrentRedactedNames), tokenName]),
    Context.add(UrlParams.CurrentRedactedNames, [...Context.get(context, UrlParams.CurrentRedactedNames), tokenName])
  )

/**
 * Keeps the failures of a client's fibers out of the log. The error of a client contains the request with its secret, and
 * the operators that log a failure they ignore log the whole error.
 */
export const unlogged: <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R> = Effect
  .provideService(References.UnhandledLogLevel, undefined)

/** Runs a client with the same settings, and without a way to write to the span of the caller. */
export const untraced = (tokenName: string) => {
  const settings = untracedSettings(tokenName)
  return <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.updateContext(
      self,
      (context: Context.Context<R>) =>
        Option.match(Context.getOption(context, Tracer.ParentSpan), {
          onNone: () => settings(context),
          onSome: (span) => Context.add(settings(context), Tracer.ParentSpan, traceOf(span))
        })
    )
}
