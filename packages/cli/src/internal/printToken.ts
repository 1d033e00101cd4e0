import type * as FileSystem from "@effect/platform/FileSystem"
import * as TokenRecord from "@jindouyun/core/TokenRecord"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Failure } from "../Failure.js"
import type { Given } from "./flags.js"
import * as Output from "./Output.js"
import * as Session from "./Session.js"

/**
 * The token that the command prints, and its times.
 *
 * @internal
 */
export interface Printed {
  readonly token: Redacted.Redacted
  readonly generation: number
  readonly accessExpiresAt: Option.Option<DateTime.Utc>
  readonly refreshExpiresAt: Option.Option<DateTime.Utc>
}

/**
 * The command `token`.
 *
 * @internal
 */
export const printToken = (given: Given): Effect.Effect<void, Failure, FileSystem.FileSystem | Output.Output> =>
  Effect.flatMap(
    Session.open(given),
    (session) =>
      Effect.flatMap(
        Session.usernameOf(session),
        (username) => Effect.flatMap(provided(session, username), print(session, username))
      )
  )

/**
 * The command `token` of a command line without options. If the file store has a valid token, neither the provider nor an
 * HTTP client is loaded.
 *
 * @internal
 */
export const withoutOptions: Effect.Effect<void, Failure, FileSystem.FileSystem | Output.Output> = Effect.gen(
  function*() {
    const session = yield* Session.open({
      username: Option.none(),
      baseUrl: Option.none(),
      store: Option.none(),
      set: [],
      config: Option.none()
    })
    const username = yield* Session.usernameOf(session)
    const { warnings } = yield* Output.Output
    const before = warnings.length
    const found = yield* stored(session, username)
    if (Option.isSome(found)) {
      return yield* print(session, username)(found.value)
    }
    // The provider reads the store again, and gives the same warnings.
    warnings.splice(before)
    yield* Effect.flatMap(provided(session, username), print(session, username))
  }
)

const print = ({ settings }: Session.Session, username: string) => (printed: Printed) => {
  const { accessExpiresAt, generation, refreshExpiresAt, token } = printed
  const expiry = (at: Option.Option<DateTime.Utc>) => Option.getOrNull(Option.map(at, DateTime.formatIso))
  const text = Redacted.value(token)
  return Output.result({
    accessToken: text,
    generation,
    accessExpiresAt: expiry(accessExpiresAt),
    refreshExpiresAt: expiry(refreshExpiresAt),
    username,
    baseUrl: settings.config.baseUrl
  }, [text])
}

const provided = (
  session: Session.Session,
  username: string
): Effect.Effect<Printed, Failure, FileSystem.FileSystem | Output.Output> =>
  Effect.flatMap(Effect.promise(() => import("./providedToken.js")), ({ read }) => read(session, username))

// None if the provider may have to do more than serve the stored token. If the load takes a second, the provider loads the
// record again, within its own limits.
const stored = (
  session: Session.Session,
  username: string
): Effect.Effect<Option.Option<Printed>, never, FileSystem.FileSystem> => {
  const { config, sources, store } = session.settings
  return store.value !== "file" || sources.earlyRefresh.source !== "default" || Either.isLeft(session.route)
    ? Effect.succeedNone
    : Effect.gen(function*() {
      const { load } = yield* Session.storeOf(session)
      const record = yield* load(Session.keyOf(session, username))
      const now = yield* Clock.currentTimeMillis
      return Option.map(
        Option.flatMap(record, (record) => TokenRecord.validPair(record, now, config.expiryMargin)),
        ({ accessExpiresAt, accessToken, refreshExpiresAt }): Printed => ({
          token: accessToken.value,
          generation: accessToken.generation,
          accessExpiresAt: DateTime.make(accessExpiresAt),
          refreshExpiresAt: DateTime.make(refreshExpiresAt)
        })
      )
    }).pipe(
      Effect.scoped,
      Effect.timeout(Math.min(1000, config.renewalTimeout)),
      Effect.orElseSucceed(Option.none)
    )
}
