import * as Command from "@effect/cli/Command"
import { isRefusal } from "@jindouyun/core/JindouyunError"
import * as TokenProvider from "@jindouyun/core/TokenProvider"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as flags from "../internal/flags.js"
import * as Output from "../internal/Output.js"
import * as running from "../internal/running.js"
import * as Session from "../internal/Session.js"
import { summaries } from "../internal/summaries.js"
import * as times from "../internal/times.js"
import { waiting } from "../internal/waiting.js"
import type { Language } from "../Language.js"
import { notStored } from "./login.js"

/** @internal */
export const refresh = (language: Language) =>
  Command.make("refresh", flags.common(language), (given) =>
    Effect.gen(function*() {
      const session = yield* Session.open(given)
      const username = yield* Session.usernameOf(session)
      const status = yield* running.runToStore(session, username, renew).pipe(waiting(session))
      const now = yield* Clock.currentTimeMillis
      const until = (at: Option.Option<DateTime.Utc>) => Option.getOrNull(Option.map(at, DateTime.toEpochMillis))
      const access = until(status.accessExpiresAt)
      const refresh = until(status.refreshExpiresAt)
      const life = access === null ? undefined : times.life(access, now)
      yield* Output.result({
        generation: status.generation,
        accessExpiresAt: access === null ? null : times.iso(access),
        refreshExpiresAt: refresh === null ? null : times.iso(refresh),
        username,
        baseUrl: session.settings.config.baseUrl
      }, [
        {
          en: `renewed: generation ${status.generation}${life === undefined ? "" : `, ${life.en}`}`,
          zh: `已换新：第 ${status.generation} 代${life === undefined ? "" : `，${life.zh}`}`
        }[language],
        ...(session.settings.store.value === "none" ? [notStored[language]] : [])
      ])
    })).pipe(Command.withDescription(summaries.refresh[language]))

// If the platform refuses a forced refresh, the library keeps a valid token and fails the caller. At a shell the user
// wants a new pair: the command then logs in, if it has credentials.
const renew = Effect.gen(function*() {
  const provider = yield* TokenProvider.TokenProvider
  yield* Effect.catchAll(provider.refresh, (refusal) =>
    isRefusal(refusal)
      ? Effect.gen(function*() {
        yield* Effect.flatMap(provider.accessToken, provider.invalidate)
        return yield* provider.accessToken
      }).pipe(Effect.catchTag("CredentialsUnavailable", () => Effect.fail(refusal)))
      : Effect.fail(refusal))
  return yield* provider.status
})
