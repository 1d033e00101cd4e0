import * as Command from "@effect/cli/Command"
import * as TokenRecord from "@jindouyun/core/TokenRecord"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as flags from "../internal/flags.js"
import * as Output from "../internal/Output.js"
import * as Session from "../internal/Session.js"
import { summaries } from "../internal/summaries.js"
import * as times from "../internal/times.js"
import { waitingForStore } from "../internal/waiting.js"

/** @internal */
export const status = Command.make("status", flags.common, (given) =>
  Effect.gen(function*() {
    const session = yield* Session.open(given)
    const { config, sources, store, username } = session.settings
    const now = yield* Clock.currentTimeMillis
    const record = Option.isNone(username)
      ? Option.none()
      : yield* Effect.scoped(
        Effect.flatMap(Session.storeOf(session), (store) => store.load(Session.keyOf(session, username.value.value)))
      ).pipe(waitingForStore)
    const password = Option.isNone(username) ? "none" : yield* Session.passwordAt(session, username.value.value)
    const pair = Option.getOrNull(Option.flatMap(record, ({ pair }) => pair))
    const refusedCredentials = Option.getOrNull(
      Option.flatMap(record, (record) => TokenRecord.withDispositions(record, config.returnCodes).refusedCredentials)
    )
    const lived = (until: number) => ({
      expiresAt: times.iso(until),
      secondsLeft: Math.max(0, Math.floor((until - now) / 1000))
    })
    const place = store.value === "file" ? session.places.tokens : undefined
    yield* Output.result({
      username: Option.getOrNull(username),
      baseUrl: sources.baseUrl,
      store: { ...store, ...(place === undefined ? {} : { place }) },
      generation: Option.getOrNull(Option.map(record, ({ generation }) => generation)),
      accessToken: pair === null ? null : lived(pair.accessExpiresAt),
      refreshToken: pair === null ? null : lived(pair.refreshExpiresAt),
      refusedLogin: refusedCredentials === null ? null : refusedCredentials.failure._tag,
      password
    }, [
      line(
        "account",
        Option.match(username, {
          onNone: () => "none: run jindouyun login",
          onSome: ({ source, value }) => `${value} (${source})`
        })
      ),
      line("platform", `${config.baseUrl} (${sources.baseUrl.source})`),
      line("store", `${store.value}${place === undefined ? "" : `, ${place}`} (${store.source})`),
      line("access", pair === null ? "no token is stored" : times.life(pair.accessExpiresAt, now)),
      line("refresh", pair === null ? "no token is stored" : times.life(pair.refreshExpiresAt, now)),
      ...Option.match(record, {
        onNone: () => [],
        onSome: ({ generation }) => [line("generation", String(generation))]
      }),
      ...(refusedCredentials === null
        ? []
        : [
          line("login", `was refused (${refusedCredentials.failure._tag}); the same password is not sent again`)
        ]),
      line("password", passwords[password])
    ])
  })).pipe(
    Command.withDescription(summaries.status)
  )

const line = (name: string, text: string): string => `${name.padEnd(11)} ${text}`

const passwords = {
  environment: "from JINDOUYUN_PASSWORD",
  remembered: "remembered, encrypted with JINDOUYUN_ENCRYPTION_KEY",
  encrypted: "remembered, but JINDOUYUN_ENCRYPTION_KEY is not set",
  none: "not available"
} as const
