import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import { InvalidConfiguration } from "@jindouyun/core/JindouyunError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Output from "../internal/Output.js"
import { summaries } from "../internal/summaries.js"

/** @internal */
export const sandbox = Command.make("sandbox", {
  port: Options.optional(
    Options.withDescription(Options.integer("port"), "The port on 127.0.0.1; any that is free unless told otherwise")
  ),
  json: Options.withDescription(Options.boolean("json"), "Print JSON, errors too")
}, ({ port }) =>
  Effect.gen(function*() {
    // It is half of this program, and only this command has a use for it.
    const SandboxServer = yield* Effect.promise(() => import("@jindouyun/sandbox/SandboxServer"))
    const isPort = Option.match(port, { onNone: () => true, onSome: (port) => port >= 0 && port <= 65_535 })
    const context = yield* isPort
      ? Layer.build(SandboxServer.layer({ ...account, control: true, port: Option.getOrUndefined(port) })).pipe(
        Effect.mapError(({ cause }) => refused(`cannot be listened on${codeOf(cause)}`))
      )
      : refused("is no port")
    const { url } = Context.get(context, SandboxServer.SandboxServer)
    yield* Output.result({ url, docs: `${url}/docs`, ...account }, [
      `platform  ${url}`,
      `page      ${url}/docs: everything to try, faults to inject, the journal`,
      `account   ${account.username}, password ${account.password}`,
      `sign in   jindouyun login --base-url ${url} --username ${account.username}`,
      "call      jindouyun call /api/report/echo --data '{\"day\":\"2021-12-12\"}'",
      "It runs until Ctrl-C and forgets everything then."
    ])
    return yield* Effect.never
  }).pipe(Effect.scoped)).pipe(Command.withDescription(summaries.sandbox))

// The account of the platform's document, known to everybody.
const account = { username: "user1", password: "pass1" }

const refused = (problem: string) =>
  new InvalidConfiguration({ setting: "--port", problem, expected: "a port of 127.0.0.1 that is free" })

const codeOf = (cause: unknown): string =>
  Predicate.hasProperty(cause, "code") && Predicate.isString(cause.code) ? `: ${cause.code}` : ""
