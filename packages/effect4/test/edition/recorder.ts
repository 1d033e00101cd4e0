import * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Inspectable from "effect/Inspectable"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as References from "effect/References"
import * as Schema from "effect/Schema"
import * as Tracer from "effect/Tracer"
import * as NodeConsole from "node:console"
import { Writable } from "node:stream"
import { inspect } from "node:util"
import * as JindouyunError from "../../src/JindouyunError.js"

/** Every text in which something was shown to somebody, each once, by the channel it came through first. */
export type Recording = Map<string, string>

const keep = (recording: Recording, channel: string, ...texts: ReadonlyArray<string>): void => {
  for (const text of texts) {
    if (!recording.has(text)) {
      recording.set(text, channel)
    }
  }
}

/** Every text in which a value may end up before a person's eyes. */
export const renderings = (value: unknown): ReadonlyArray<string> =>
  typeof value === "string" ? [value] : [
    attempt(() => String(value)),
    attempt(() => JSON.stringify(value)),
    attempt(() => inspect(value, everything)),
    ...(value instanceof Error ? [value.message, value.stack ?? "", JSON.stringify(Object.entries(value))] : []),
    ...(Cause.isCause(value) ? prettyOf(value) : []),
    ...(Exit.isExit(value) && Exit.isFailure(value) ? prettyOf(value.cause) : [])
  ]

const everything = {
  breakLength: 1000,
  depth: Infinity,
  getters: true,
  maxArrayLength: Infinity,
  maxStringLength: Infinity,
  showHidden: true
}

// What cannot be rendered in a way, a circle as JSON for example, nobody sees in that way.
const attempt = (render: () => string | undefined): string => {
  try {
    return render() ?? ""
  } catch {
    return ""
  }
}

const prettyOf = (cause: Cause.Cause<unknown>): ReadonlyArray<string> => [
  Cause.pretty(cause),
  ...Cause.prettyErrors(cause).flatMap((error) => [error.message, error.stack ?? ""])
]

const encode = Schema.encodeResult(Schema.fromJsonString(JindouyunError.TokenError))

/** Records a value as everybody may render it. */
export const show = (recording: Recording, channel: string, value: unknown): void =>
  keep(recording, channel, ...renderings(value))

/**
 * Records an operation by everything a consumer may do with its outcome: logs and spans of his own around it, the value
 * or the error rendered and encoded, the rejection of a promise.
 */
export const observer = <A, E, R>(
  recording: Recording,
  name: string,
  operation: Effect.Effect<A, E, R>
): Effect.Effect<Exit.Exit<A, E>, never, Exclude<R, Tracer.ParentSpan>> =>
  operation.pipe(
    Effect.tap((value) => Effect.andThen(Effect.logInfo(name, value), Effect.annotateCurrentSpan({ value }))),
    Effect.tapCause((cause) => Effect.andThen(Effect.logError(name, cause), Effect.annotateCurrentSpan({ cause }))),
    Effect.withSpan(name),
    Effect.annotateLogs({ operation: name }),
    Effect.exit,
    Effect.tap((exit) => Effect.promise(() => showExit(recording, name, exit)))
  )

const showExit = async (recording: Recording, name: string, exit: Exit.Exit<unknown, unknown>): Promise<void> => {
  show(recording, `${name}: exit`, exit)
  if (Exit.isSuccess(exit)) {
    return show(recording, `${name}: value`, exit.value)
  }
  const failures = exit.cause.reasons.flatMap((reason) =>
    reason._tag === "Fail" ? [reason.error] : reason._tag === "Die" ? [reason.defect] : []
  )
  for (const failure of failures) {
    show(recording, `${name}: failure`, failure)
    if (Schema.is(JindouyunError.TokenError)(failure)) {
      show(recording, `${name}: encoded failure`, encode(failure))
    }
  }
  await Effect.runPromise(exit).catch((rejection: unknown) =>
    // On its own it is the failure itself, whose text is known by then.
    show(recording, `${name}: rejection`, [rejection])
  )
}

/** Logs of every kind and of every level, and all spans, while the layer is in force. */
export const layer = (recording: Recording): Layer.Layer<never> =>
  Layer.mergeAll(
    Layer.succeed(Tracer.Tracer, tracer(recording)),
    Layer.succeed(Console.Console, paper(recording)),
    Layer.succeed(References.MinimumLogLevel, "Trace"),
    Logger.layer([
      collector(recording, "simple", Logger.formatSimple),
      collector(recording, "json", Logger.formatJson),
      collector(recording, "logfmt", Logger.formatLogFmt),
      collector(recording, "structured", Logger.formatStructured),
      // One that throws nothing away: the others print of a cause its messages only.
      Logger.make(({ cause, fiber, message }) =>
        show(recording, "whole log", [message, cause, fiber.getRef(References.CurrentLogAnnotations)])
      ),
      Logger.consolePretty({ colors: false, mode: "tty" }),
      Logger.tracerLogger
    ])
  )

const collector = <A>(recording: Recording, name: string, logger: Logger.Logger<unknown, A>) =>
  Logger.map(logger, (rendering) => show(recording, `${name} log`, rendering))

// A console whose terminal is the recording.
const paper = (recording: Recording): Console.Console => {
  const stdout = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      keep(recording, "console", chunk.toString())
      done()
    }
  })
  return new NodeConsole.Console({ stdout, colorMode: false, inspectOptions: { depth: Infinity, showHidden: true } })
}

const tracer = (recording: Recording): Tracer.Tracer => {
  const native = Effect.runSync(Effect.tracer)
  return Tracer.make({
    span: (options) => {
      const span = native.span(options)
      const { end, event } = span
      span.event = (name, time, attributes) => {
        show(recording, `event of span ${span.name}`, [name, attributes])
        event.call(span, name, time, attributes)
      }
      span.end = (time, exit) => {
        end.call(span, time, exit)
        keep(recording, `span ${span.name}, exported`, otlp(span, exit))
        show(recording, `attributes of span ${span.name}`, Object.fromEntries(span.attributes))
        show(recording, `exit of span ${span.name}`, exit)
      }
      return span
    }
  })
}

/** A span as an exporter writes it: attributes as strings, what failed as an event. */
const otlp = (span: Tracer.Span, exit: Exit.Exit<unknown, unknown>): string => {
  const errors = Exit.isFailure(exit) ? Cause.prettyErrors(exit.cause) : []
  return JSON.stringify({
    name: span.name,
    attributes: [...span.attributes].map(([key, value]) => ({
      key,
      value: { stringValue: Inspectable.toStringUnknown(value) }
    })),
    events: errors.map((error) => ({
      name: "exception",
      attributes: {
        "exception.type": error.name,
        "exception.message": error.message,
        "exception.stacktrace": error.stack ?? ""
      }
    })),
    status: { message: errors[0]?.message }
  })
}

/** Records what all metrics say by now. */
export const metrics = (recording: Recording): Effect.Effect<void> =>
  Effect.map(Metric.snapshot, (snapshots) => {
    for (const snapshot of snapshots) {
      show(recording, `metric ${snapshot.id}`, snapshot)
    }
  })
