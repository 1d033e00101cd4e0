/**
 * Which rejection by a report call starts a renewal. A renewal cannot help if the platform rejects every token, for example
 * because the token goes to the wrong header. `decide` and `accepted` are pure functions.
 */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import type * as JindouyunConfig from "../../JindouyunConfig.js"
import * as Token from "../../Token.js"
import { once } from "../edition/once.js"
import * as telemetry from "../telemetry.js"

/** The outcomes of the report calls of one client. */
export interface Rejections {
  /** The last generation whose rejection started a renewal, and when. */
  readonly renewed: number
  readonly renewedAt: number
  /** The last generation with which a report call succeeded. */
  readonly accepted: number
  /** How many rejections in a row started a renewal. A report call that succeeds with a new token resets the count. */
  readonly count: number
  /** The cooldown after a new token was rejected, in milliseconds of the wall clock. */
  readonly cooldown: { readonly since: number; readonly until: number } | undefined
}

/** A call that the platform rejected for its token. A replay was rejected before, with an older token. */
export interface Rejected {
  readonly token: Token.AccessToken
  readonly isReplay: boolean
}

/** `replay`: the token is renewed, or already was, and the call is sent once more. */
export type Verdict = "replay" | "fail"

type Policy = Pick<JindouyunConfig.Service, "cooldown" | "maxCooldown">

export const initial: Rejections = {
  renewed: -Infinity,
  renewedAt: -Infinity,
  accepted: -Infinity,
  count: 0,
  cooldown: undefined
}

/** The verdict on a rejection at `now`. A token that has a successor starts no renewal. */
export const decide = (
  state: Rejections,
  { isReplay, token }: Rejected,
  now: number,
  policy: Policy
): readonly [Verdict, Rejections] => {
  const { accepted, cooldown, count, renewed, renewedAt } = state
  const { generation } = token
  if (generation <= renewed || generation < accepted) {
    return [isReplay ? "fail" : "replay", state]
  }
  if (cooldown !== undefined && (isReplay || Token.isPending(cooldown.since, cooldown.until, now))) {
    return ["fail", state]
  }
  // Later, the new token may have become invalid for a reason of its own.
  const isRepeated = count > 0 && Token.isPending(renewedAt, renewedAt + lengthOf(count, policy), now)
  const since = cooldown !== undefined
    ? undefined
    : isReplay || isRepeated
    ? now
    : replacedLately(state, token, now, policy)
  return since === undefined
    ? ["replay", { ...state, renewed: generation, renewedAt: now, count: count + 1, cooldown: undefined }]
    : ["fail", { ...state, cooldown: { since, until: since + lengthOf(count, policy) } }]
}

/** A report call succeeded. A cooldown that has begun still lasts, because other calls were rejected with the same token. */
export const accepted = (state: Rejections, { generation }: Token.AccessToken): Rejections => {
  const count = generation > state.renewed ? 0 : state.count
  return generation <= state.accepted && count === state.count
    ? state
    : { ...state, accepted: Math.max(generation, state.accepted), count }
}

/** When the token replaced a rejected token, if another process received it less than a cooldown ago. */
const replacedLately = (
  { accepted, count }: Rejections,
  { generation, replacedRejectedAt: since }: Token.AccessToken,
  now: number,
  policy: Policy
): number | undefined =>
  since !== undefined && generation > accepted && Token.isPending(since, since + lengthOf(count, policy), now)
    ? since
    : undefined

const lengthOf = (count: number, { cooldown, maxCooldown }: Policy): number =>
  Math.min(cooldown * 2 ** Math.max(count - 1, 0), maxCooldown)

/** Keeps the rejections of one client. */
export interface Tracker {
  /** Whether to send the call once more. If so, `invalidate` has received its token. */
  readonly mayReplay: (rejected: Rejected) => Effect.Effect<boolean>
  readonly accepted: (token: Token.AccessToken) => Effect.Effect<void>
}

/** A tracker that logs one warning, at the first cooldown. */
export const make = (
  config: JindouyunConfig.Service,
  clock: Clock.Clock,
  { account, invalidate }: {
    readonly account?: string | undefined
    readonly invalidate: (rejected: Token.AccessToken) => Effect.Effect<void>
  }
): Effect.Effect<Tracker> =>
  Effect.gen(function*() {
    const state = yield* Ref.make(initial)
    const warn = yield* once(
      Effect.annotateLogs(
        Effect.logWarning(
          `the platform also rejects the token that replaced a rejected one: check tokenPlacement (now ${config.tokenPlacement}) and tokenName (now ${config.tokenName})`
        ),
        { package: "@jindouyun/core", module: "PlatformClient" }
      ).pipe(telemetry.named(account))
    )
    return {
      mayReplay: (rejected) =>
        Effect.gen(function*() {
          const { coolsDown, verdict } = yield* Ref.modify(state, (before) => {
            const [verdict, after] = decide(before, rejected, clock.unsafeCurrentTimeMillis(), config)
            return [{ verdict, coolsDown: after.cooldown !== undefined && after.cooldown !== before.cooldown }, after]
          })
          yield* verdict === "replay" ? invalidate(rejected.token) : coolsDown ? warn : Effect.void
          return verdict === "replay"
        }),
      accepted: (token) => Ref.update(state, (before) => accepted(before, token))
    }
  })
