/**
 * A law and one place of the source that upholds it, broken. The simulation has to find every one of them: one that
 * survives is a hole in it.
 */
export interface Saboteur {
  readonly law: number
  readonly name: string
  /** Below `src`. */
  readonly file: string
  /** Occurs exactly once. */
  readonly from: string
  readonly to: string
}

/** The source with the place broken, or nothing where it is not to be found, or not only once. */
export const apply = ({ from, to }: Saboteur, source: string): string | undefined => {
  const [before, after, ...more] = source.split(from)
  return before === undefined || after === undefined || more.length > 0 ? undefined : `${before}${to}${after}`
}

const state = "TokenState.ts"
const provider = "TokenProvider.ts"
const flight = "internal/flight.ts"
const renewal = "internal/renewal.ts"

export const saboteurs: ReadonlyArray<Saboteur> = [
  {
    law: 1,
    name: "a flight under way is not joined",
    file: state,
    from: "return { _tag: \"Await\", flight: activity.flight }",
    to: "return { _tag: \"Renew\" }"
  },
  {
    law: 1,
    name: "a launch is not recorded",
    file: provider,
    from: "TokenState.launched(flight)(current)",
    to: "current"
  },
  {
    law: 1,
    name: "the lease of the store is given twice",
    file: "TokenStore.ts",
    from: "lease.queue.push(turn) === 1",
    to: "lease.queue.push(turn) <= 2"
  },
  {
    law: 2,
    name: "the margin is dropped",
    file: "Token.ts",
    from: "now < pair.accessExpiresAt - margin",
    to: "now < pair.accessExpiresAt"
  },
  {
    law: 2,
    name: "a rejected token is served",
    file: state,
    from: "held.access === \"live\" && Token.isUsable(held.pair",
    to: "Token.isUsable(held.pair"
  },
  {
    law: 2,
    name: "a waiter does not look again",
    file: provider,
    from: "onSuccess: () => accessToken,",
    to:
      "onSuccess: () => Effect.flatMap(Ref.get(state), ({ held }) => held === undefined ? accessToken : Effect.succeed(held.pair.accessToken)),"
  },
  {
    law: 2,
    name: "a refresh brings the rejected value back",
    file: flight,
    from: "TokenState.isRejected(current, grant.accessToken) ? \"rejected\" : \"live\"",
    to: "TokenState.isRejected(current, grant.accessToken) ? \"live\" : \"live\""
  },
  {
    law: 2,
    name: "a store brings the rejected value back",
    file: state,
    from: "access: isRejected(state, pair.accessToken.value) ? \"rejected\" : \"live\"",
    to: "access: isRejected(state, pair.accessToken.value) ? \"live\" : \"live\""
  },
  {
    law: 2,
    name: "a lifetime counts from the answer",
    file: "internal/exchange.ts",
    from: "(data) => ({ data, sentAt })",
    to: "(data) => ({ data, sentAt: clock.unsafeCurrentTimeMillis() || sentAt })"
  },
  {
    law: 3,
    name: "a failure drops the pair",
    file: state,
    from: "state.activity._tag === \"Flying\" ? { ...state, activity } : state",
    to:
      "state.activity._tag === \"Flying\" ? { ...state, activity, held: activity.failure === undefined ? state.held : undefined } : state"
  },
  {
    law: 3,
    name: "a cool-down stops readers",
    file: state,
    from: "if (!forced && held !== undefined && isUsable(held, now, policy)) {",
    to: "if (!forced && held !== undefined && isUsable(held, now, policy) && activity._tag !== \"Cooling\") {"
  },
  {
    law: 3,
    name: "a renewal stops readers",
    file: state,
    from: "if (!forced && held !== undefined && isUsable(held, now, policy)) {",
    to: "if (!forced && held !== undefined && isUsable(held, now, policy) && activity._tag !== \"Flying\") {"
  },
  {
    law: 3,
    name: "a doubt about the refresh token drops the access token",
    file: state,
    from: "held: { ...state.held, refresh: \"doubtful\" }",
    to: "held: { ...state.held, access: \"rejected\", refresh: \"doubtful\" }"
  },
  {
    law: 4,
    name: "whatever is invalidated, the pair goes",
    file: state,
    from: "state.held.pair.accessToken.generation === rejected.generation",
    to: "rejected.generation > 0"
  },
  {
    law: 4,
    name: "an older rejection drops its successor",
    file: state,
    from: "state.held.pair.accessToken.generation === rejected.generation",
    to: "state.held.pair.accessToken.generation >= rejected.generation"
  },
  {
    law: 4,
    name: "a reset begins to count anew",
    file: state,
    from: "  ...state,\n  held: undefined,\n  latch: undefined,",
    to: "  ...state,\n  generation: 0,\n  held: undefined,\n  latch: undefined,"
  },
  {
    law: 5,
    name: "an interrupted caller interrupts the flight",
    file: provider,
    from: "Effect.matchCauseEffect(tokenOf(decision.flight), {",
    to:
      "Effect.matchCauseEffect(Effect.onInterrupt(tokenOf(decision.flight), () => Fiber.interrupt(decision.flight.fiber)), {"
  },
  {
    law: 5,
    name: "a flight outlives its layer",
    file: provider,
    from: "(activity) => activity._tag === \"Flying\" ? Fiber.interrupt(activity.flight.fiber) : Effect.void",
    to: "() => Effect.void"
  },
  {
    law: 5,
    name: "a layer closes in two steps",
    file: provider,
    from: "return [before.activity, TokenState.closed(before)]",
    to: "return [before.activity, before]"
  },
  {
    law: 6,
    name: "a pair is not recorded",
    file: flight,
    from: "canServe(yield* update(TokenState.arrived(pair, access)))",
    to: "canServe(yield* Ref.get(state))"
  },
  {
    law: 6,
    name: "a pair is not saved",
    file: flight,
    from: "pair: Option.liftPredicate(pair, () => access === \"live\")",
    to: "pair: Option.liftPredicate(pair, () => access !== \"live\")"
  },
  {
    law: 6,
    name: "a pair in the store is not adopted",
    file: state,
    from: "if (record.generation > state.generation) {",
    to: "if (record.generation > state.generation + 1) {"
  },
  {
    law: 7,
    name: "a refused refresh cools down",
    file: renewal,
    from: "otherwise: canServe && !doubtful ? \"refused\" : \"login\"",
    to: "otherwise: canServe && !doubtful ? \"refused\" : \"coolDown\""
  },
  {
    law: 7,
    name: "a refused early refresh logs in at once",
    file: renewal,
    from: "otherwise: canServe && !doubtful ? \"refused\" : \"login\"",
    to: "otherwise: \"login\""
  },
  {
    law: 7,
    name: "a refused early refresh is repeated",
    file: state,
    from: "&& held.refresh !== \"refused\" && state.latch === undefined",
    to: "&& state.latch === undefined"
  },
  {
    law: 7,
    name: "an expired refresh token is sent",
    file: renewal,
    from: "state.held !== undefined && Token.isRefreshable(state.held.pair, now) ? \"refresh\"",
    to: "state.held !== undefined && Token.isRefreshable(state.held.pair, 0 * now) ? \"refresh\""
  },
  {
    law: 8,
    name: "a doubt is forgotten",
    file: flight,
    from: "yield* update(TokenState.doubted(generation))",
    to: "yield* Ref.get(state)"
  },
  {
    law: 8,
    name: "refreshes without end",
    file: renewal,
    from: "refreshes < maxRefreshes",
    to: "refreshes < 100 * maxRefreshes"
  },
  {
    law: 8,
    name: "an ambiguous refresh is not followed by a login",
    file: renewal,
    from: "otherwise: canServe && !doubtful ? \"coolDown\" : \"login\"",
    to: "otherwise: canServe ? \"coolDown\" : \"login\""
  },
  {
    law: 9,
    name: "a refused login does not latch",
    file: flight,
    from: "yield* update(TokenState.latched(latch))",
    to: "yield* Ref.get(state)"
  },
  {
    law: 9,
    name: "the latch is not stored",
    file: flight,
    from: "latch: Option.some(latch) }",
    to: "latch: Option.none() }"
  },
  {
    law: 9,
    name: "all credentials count as the refused ones",
    file: flight,
    from: "digest.matches(account, latch.credentials)",
    to: "digest.matches(account, latch.credentials) !== undefined"
  },
  {
    law: 9,
    name: "no credentials count as the refused ones",
    file: flight,
    from: "latch !== undefined && digest.matches",
    to: "latch === undefined && digest.matches"
  },
  {
    law: 9,
    name: "a reset leaves the latch in the store",
    file: flight,
    from: "pair: Option.none(),\n      latch: Option.none()",
    to: "pair: Option.none(),\n      latch: Option.flatMap(record, (record) => record.latch)"
  },
  {
    law: 10,
    name: "a cool-down is not applied",
    file: state,
    from: "activity._tag === \"Idle\" || (activity._tag === \"Cooling\" && !Token.isPending",
    to: "activity._tag === \"Idle\" || (activity._tag === \"Cooling\" || !Token.isPending"
  },
  {
    law: 10,
    name: "a cool-down is not doubled",
    file: renewal,
    from: "spans.coolDown * 2 ** failures",
    to: "spans.coolDown * 2 ** (0 * failures)"
  },
  {
    law: 10,
    name: "a launch forgets the failures in a row",
    file: state,
    from: "failures: state.activity._tag === \"Cooling\" ? state.activity.failures : 0",
    to: "failures: 0"
  },
  {
    law: 10,
    name: "no floor",
    file: state,
    from: "? state.lastExchangeAt + floor - now",
    to: "? 0"
  },
  {
    law: 10,
    name: "a retry ignores Retry-After",
    file: flight,
    from: "Math.max(Intervals.start(decision.intervals) - at, retryAfter)",
    to: "Math.max(Intervals.start(decision.intervals) - at, 0 * retryAfter)"
  },
  {
    law: 10,
    name: "a cool-down ignores Retry-After",
    file: flight,
    from: "\"retryAfter\" in failure ? failure.retryAfter ?? 0 : 0",
    to: "\"retryAfter\" in failure ? 0 : 0"
  },
  {
    law: 10,
    name: "a flight has no deadline",
    file: flight,
    from: "const left = () => Math.max(0, deadline - monotonic())",
    to: "const left = () => Math.max(deadline, config.flightDeadline)"
  },
  {
    law: 10,
    name: "attempts without end",
    file: flight,
    from: "trail.attempts < config.maxAttempts",
    to: "trail.attempts < 100 * config.maxAttempts"
  },
  {
    law: 10,
    name: "retries are free",
    file: flight,
    from: "paid ? delay : Option.none()",
    to: "paid ? delay : delay"
  },
  {
    law: 11,
    name: "the early window is not cut to a quarter",
    file: "JindouyunConfig.ts",
    from: "Math.min(30 * minute, quarter.most)",
    to: "30 * minute"
  },
  {
    law: 11,
    name: "the margin is not cut to a quarter",
    file: "JindouyunConfig.ts",
    from: "Math.min(minute, quarter.most)",
    to: "minute"
  },
  {
    law: 11,
    name: "the window counts from the beginning of a life",
    file: "Token.ts",
    from: "now >= pair.accessExpiresAt - window",
    to: "now >= pair.sentAt + window"
  },
  {
    law: 11,
    name: "a pair that had expired on its way lands as good",
    file: flight,
    from: "return isFresh ? undefined : access === \"rejected\" ? rejectedAgain : expiredOnArrival",
    to: "return isFresh || access === \"live\" ? undefined : access === \"rejected\" ? rejectedAgain : expiredOnArrival"
  },
  {
    law: 12,
    name: "a token is kept by its end alone",
    file: "Token.ts",
    from: "pair.sentAt - margin <= now && now < pair.accessExpiresAt - margin",
    to: "now < pair.accessExpiresAt - margin"
  },
  {
    law: 12,
    name: "a cool-down is kept by its end alone",
    file: "Token.ts",
    from: "now < until && since - now <= until - since",
    to: "now < until && since < until"
  },
  {
    law: 12,
    name: "the floor is counted on the wall clock",
    file: flight,
    from: "TokenState.floorLeft(yield* Ref.get(state), monotonic(), config.exchangeFloor)",
    to: "TokenState.floorLeft(yield* Ref.get(state), now(), config.exchangeFloor)"
  },
  {
    law: 12,
    name: "a pair counts from the beginning of time",
    file: "Token.ts",
    from: "accessExpiresAt: grant.sentAt + lifetimes.accessToken",
    to: "accessExpiresAt: Math.max(grant.sentAt, 1893456000000) + lifetimes.accessToken"
  }
]
