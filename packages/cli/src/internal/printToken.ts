import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import type * as FileSystem from "@effect/platform/FileSystem"
import * as TokenProvider from "@jindouyun/core/TokenProvider"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Failure } from "../Failure.js"
import type { Given } from "./flags.js"
import * as Output from "./Output.js"
import * as Session from "./Session.js"
import { waiting } from "./waiting.js"

/**
 * The command `token`.
 *
 * @internal
 */
export const printToken = (given: Given): Effect.Effect<void, Failure, FileSystem.FileSystem | Output.Output> =>
  Effect.gen(function*() {
    const session = yield* Session.open(given)
    const username = yield* Session.usernameOf(session)
    const { status, value } = yield* Session.run(session, username, read(session)).pipe(waiting(session))
    const expiry = (which: "accessExpiresAt" | "refreshExpiresAt") =>
      Option.getOrNull(Option.map(status[which], DateTime.formatIso))
    const text = Redacted.value(value.value)
    yield* Output.result({
      accessToken: text,
      generation: value.generation,
      accessExpiresAt: expiry("accessExpiresAt"),
      refreshExpiresAt: expiry("refreshExpiresAt"),
      username,
      baseUrl: session.settings.config.baseUrl
    }, [text])
  })

/**
 * The command `token` of a command line without options.
 *
 * @internal
 */
export const withoutOptions: Effect.Effect<void, Failure, Output.Output> = Effect.suspend(() =>
  printToken({
    username: Option.none(),
    baseUrl: Option.none(),
    store: Option.none(),
    set: [],
    config: Option.none()
  })
).pipe(Effect.provide(NodeFileSystem.layer))

// A command waits for its renewal, so it does not refresh early by default. If the setting is given, the command
// follows it, and prints a token that is still valid even if the refresh fails.
const read = ({ settings }: Session.Session) =>
  Effect.gen(function*() {
    const provider = yield* TokenProvider.TokenProvider
    const token = yield* provider.accessToken
    const { accessExpiresAt } = yield* provider.status
    const now = yield* Clock.currentTimeMillis
    const isDue = settings.sources.earlyRefresh.source !== "default"
      && Option.exists(accessExpiresAt, (at) => DateTime.toEpochMillis(at) - settings.config.earlyRefresh <= now)
    const value = isDue ? yield* Effect.orElseSucceed(provider.refresh, () => token) : token
    return { value, status: yield* provider.status }
  })
