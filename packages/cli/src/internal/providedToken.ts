import type * as FileSystem from "@effect/platform/FileSystem"
import * as TokenProvider from "@jindouyun/core/TokenProvider"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Failure } from "../Failure.js"
import type { Output } from "./Output.js"
import type { Printed } from "./printToken.js"
import * as running from "./running.js"
import type { Session } from "./Session.js"
import { waiting } from "./waiting.js"

/**
 * The token of the provider, which acquires or refreshes one if necessary.
 *
 * @internal
 */
export const read = (
  session: Session,
  username: string
): Effect.Effect<Printed, Failure, FileSystem.FileSystem | Output> =>
  running.run(session, username, fromProvider(session)).pipe(
    Effect.map(({ status, value }) => ({
      token: value.value,
      generation: value.generation,
      accessExpiresAt: status.accessExpiresAt,
      refreshExpiresAt: status.refreshExpiresAt
    })),
    waiting(session)
  )

// A command waits for its renewal, so it does not refresh early by default. If the setting is given, the command
// follows it, and prints a token that is still valid even if the refresh fails.
const fromProvider = ({ settings }: Session) =>
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
