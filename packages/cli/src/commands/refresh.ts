import * as Command from "@effect/cli/Command"
import * as TokenProvider from "@jindouyun/core/TokenProvider"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as flags from "../internal/flags.js"
import * as Output from "../internal/Output.js"
import * as Session from "../internal/Session.js"
import { summaries } from "../internal/summaries.js"
import * as times from "../internal/times.js"
import { waiting } from "../internal/waiting.js"

/** @internal */
export const refresh = Command.make("refresh", flags.common, (given) =>
  Effect.gen(function*() {
    const session = yield* Session.open(given)
    const username = yield* Session.usernameOf(session)
    const status = yield* Session.run(
      session,
      username,
      Effect.flatMap(TokenProvider.TokenProvider, (provider) => Effect.zipRight(provider.refresh, provider.status))
    ).pipe(waiting(session))
    const now = yield* Clock.currentTimeMillis
    const until = (at: Option.Option<DateTime.Utc>) => Option.getOrNull(Option.map(at, DateTime.toEpochMillis))
    const access = until(status.accessExpiresAt)
    const refresh = until(status.refreshExpiresAt)
    yield* Output.result({
      generation: status.generation,
      accessExpiresAt: access === null ? null : times.iso(access),
      refreshExpiresAt: refresh === null ? null : times.iso(refresh),
      username,
      baseUrl: session.settings.config.baseUrl
    }, [
      `renewed: generation ${status.generation}${access === null ? "" : `, ${times.life(access, now)}`}`
    ])
  })).pipe(Command.withDescription(summaries.refresh))
