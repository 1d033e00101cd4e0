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
const timeLimit = "internal/timeLimit.ts"

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
    from: "onSuccess: () => readAgain,",
    to:
      "onSuccess: () => Effect.flatMap(Ref.get(state), ({ held }) => held === undefined ? readAgain : Effect.succeed(held.pair.accessToken)),"
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
    from: "(data) => ({ data, sentAt, ",
    to: "(data) => ({ data, sentAt: clock.unsafeCurrentTimeMillis() || sentAt, "
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
    from: "before.activity.flight.fiber.unsafeInterruptAsFork(closer)",
    to: "closer"
  },
  {
    law: 5,
    name: "a closed provider does not know it",
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
    from: "Math.max(delay, retryAfter)",
    to: "Math.max(delay, 0 * retryAfter)"
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
    from: "return isFresh ? undefined : access === \"rejected\" ? rejectedAgain() : expiredOnArrival()",
    to:
      "return isFresh || access === \"live\" ? undefined : access === \"rejected\" ? rejectedAgain() : expiredOnArrival()"
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
  },
  {
    law: 1,
    name: "the lease of the store is not waited for",
    file: "TokenStore.ts",
    from: "Effect.flatMap(Deferred.await(turn), () => {",
    to: "Effect.flatMap(Effect.void, () => {"
  },
  {
    law: 1,
    name: "the next in the queue is not called",
    file: "TokenStore.ts",
    from: "lease.queue.slice(0, 1).forEach(called)",
    to: "lease.queue.slice(0, 0).forEach(called)"
  },
  {
    law: 1,
    name: "a flight needs no lease",
    file: flight,
    from: "store.withLease(key, {",
    to: "store.withLease(`${key}${monotonic()}`, {"
  },
  {
    law: 1,
    name: "a renewal in the background is made by everybody",
    file: state,
    from: "isDue(state, held, now, policy) && isResting(activity, now)\n",
    to: "isDue(state, held, now, policy) && (activity._tag === \"Flying\" || isResting(activity, now))\n"
  },
  {
    law: 2,
    name: "a token is served at its margin",
    file: "Token.ts",
    from: "now < pair.accessExpiresAt - margin",
    to: "now <= pair.accessExpiresAt - margin"
  },
  {
    law: 2,
    name: "an invalidation does nothing",
    file: provider,
    from: "Effect.asVoid(update(TokenState.invalidated(rejected)))",
    to: "Effect.asVoid(Effect.succeed(rejected))"
  },
  {
    law: 2,
    name: "an access token lives as long as its refresh token",
    file: "Token.ts",
    from: "accessExpiresAt: grant.sentAt + lifetimes.accessToken",
    to: "accessExpiresAt: grant.sentAt + lifetimes.refreshToken"
  },
  {
    law: 3,
    name: "the margin counts twice",
    file: "Token.ts",
    from: "now < pair.accessExpiresAt - margin",
    to: "now < pair.accessExpiresAt - 2 * margin"
  },
  {
    law: 3,
    name: "a read in the window waits for the renewal",
    file: provider,
    from: "decision._tag === \"Renew\" ? { _tag: \"Await\", flight } : decision",
    to: "{ _tag: \"Await\", flight }"
  },
  {
    law: 3,
    name: "a failure is met before the token",
    file: state,
    from: "if (activity._tag === \"Closed\") {\n    return { _tag: \"Fail\", failure",
    to:
      "if (activity._tag === \"Closed\" || activity._tag === \"Cooling\" && !isResting(activity, now)) {\n    return { _tag: \"Fail\", failure"
  },
  {
    law: 4,
    name: "values are compared and not generations",
    file: state,
    from: "state.held.pair.accessToken.generation === rejected.generation",
    to: "Equal.equals(state.held.pair.accessToken.value, rejected.value)"
  },
  {
    law: 4,
    name: "a later generation is not counted",
    file: flight,
    from: "(yield* Ref.get(state)).generation + 1,",
    to: "1,"
  },
  {
    law: 5,
    name: "an interrupted refresh interrupts the flight",
    file: provider,
    from: "Deferred.await(decision.flight.landing),",
    to: "Effect.onInterrupt(Deferred.await(decision.flight.landing), () => Fiber.interrupt(decision.flight.fiber)),"
  },
  {
    law: 5,
    name: "an interrupted reader fails the others",
    file: provider,
    from: "Effect.matchCauseEffect(tokenOf(decision.flight), {",
    to:
      "Effect.matchCauseEffect(Effect.onInterrupt(tokenOf(decision.flight), () => Deferred.interrupt(decision.flight.arrival)), {"
  },
  {
    law: 5,
    name: "a layer does not wait for its flight",
    file: provider,
    from: "Fiber.await(activity.flight.fiber) : Effect.void",
    to: "Effect.asVoid(Fiber.interruptFork(activity.flight.fiber)) : Effect.void"
  },
  {
    law: 5,
    name: "a landing opens the provider again",
    file: state,
    from: "state.activity._tag === \"Flying\" ? { ...state, activity } : state",
    to: "state.activity._tag !== \"Idle\" ? { ...state, activity } : state"
  },
  {
    law: 5,
    name: "a defect of the credentials reaches the callers",
    file: "internal/bounded.ts",
    from: "contained(() => failure(\"it died\"))(step).pipe(",
    to: "step.pipe("
  },
  {
    law: 5,
    name: "who has waited is never told of a failure",
    file: provider,
    from: "Deferred.unsafeDone(arrival, outcome)",
    to: "Exit.isSuccess(outcome) && Deferred.unsafeDone(arrival, outcome)"
  },
  {
    law: 5,
    name: "a closed provider serves what it had",
    file: state,
    from: "  held: undefined,\n  activity: { _tag: \"Closed\"",
    to: "  activity: { _tag: \"Idle\""
  },
  {
    law: 6,
    name: "a refreshed pair is kept until the next look only",
    file: state,
    from: "generation: pair.accessToken.generation,\n      held: { pair, access, refresh: \"untried\" },",
    to:
      "generation: pair.accessToken.generation,\n      held: state.held === undefined ? { pair, access, refresh: \"untried\" } : state.held,"
  },
  {
    law: 6,
    name: "a newer pair in the store is not used",
    file: flight,
    from: "after.generation > known && canServe(after)",
    to: "after.generation > known && !canServe(after)"
  },
  {
    law: 7,
    name: "a forced refresh hands out what there is",
    file: state,
    from: "if (!forced && held !== undefined && isUsable(held, now, policy)) {",
    to: "if (held !== undefined && isUsable(held, now, policy)) {"
  },
  {
    law: 7,
    name: "a reader gets the refusal of a refresh",
    file: renewal,
    from: "otherwise: canServe && !doubtful ? \"refused\" : \"login\"",
    to: "otherwise: !doubtful ? \"refused\" : \"login\""
  },
  {
    law: 7,
    name: "a refused refresh is sent again",
    file: flight,
    from: "verdict.retry ? yield* pause",
    to: "verdict.retry || verdict.otherwise !== \"coolDown\" ? yield* pause"
  },
  {
    law: 7,
    name: "a refresh token is used only while the access token is good",
    file: "Token.ts",
    from: "refreshExpiresAt: grant.sentAt + lifetimes.refreshToken",
    to: "refreshExpiresAt: grant.sentAt + lifetimes.accessToken"
  },
  {
    law: 7,
    name: "every renewal is a login",
    file: renewal,
    from: "? \"refresh\" : \"login\"\n",
    to: "? \"login\" : \"login\"\n"
  },
  {
    law: 7,
    name: "an unsent refresh turns into a login",
    file: renewal,
    from: "return { retry: isRetryable(failure), otherwise: \"coolDown\" }\n  }\n  return",
    to: "return { retry: isRetryable(failure), otherwise: \"login\" }\n  }\n  return"
  },
  {
    law: 8,
    name: "a refusal after a doubt is a refusal",
    file: renewal,
    from: "otherwise: canServe && !doubtful ? \"refused\" : \"login\"",
    to: "otherwise: canServe ? \"refused\" : \"login\""
  },
  {
    law: 8,
    name: "an ambiguous refresh is not tried again",
    file: renewal,
    from: "retry: isRetryable(failure) && refreshes < maxRefreshes",
    to: "retry: isRetryable(failure) && refreshes < 1"
  },
  {
    law: 8,
    name: "three refreshes",
    file: renewal,
    from: "const maxRefreshes = 2",
    to: "const maxRefreshes = 3"
  },
  {
    law: 8,
    name: "refreshes are not counted",
    file: renewal,
    from: "(exchange === \"refresh\" && failure.phase !== \"unsent\" ? 1 : 0)",
    to: "(exchange === \"refresh\" && failure.phase === \"answered\" ? 1 : 0)"
  },
  {
    law: 8,
    name: "what is ambiguous counts as unsent",
    file: "internal/transport.ts",
    from: "phase: unsent ? \"unsent\" : \"ambiguous\", detail: code",
    to: "phase: unsent || code !== \"\" ? \"unsent\" : \"ambiguous\", detail: code"
  },
  {
    law: 8,
    name: "a doubt is taken for an untried token",
    file: state,
    from: "state.held.refresh !== \"doubtful\"\n    ? { ...state, held: { ...state.held, refresh: \"doubtful\" } }",
    to: "state.held.refresh !== \"doubtful\"\n    ? { ...state, held: { ...state.held, refresh: \"untried\" } }"
  },
  {
    law: 9,
    name: "a latch in the store is not adopted",
    file: state,
    from: "record.generation === state.generation && latch !== undefined ? { ...state, latch } : state",
    to: "record.generation === state.generation && latch !== undefined ? state : state"
  },
  {
    law: 9,
    name: "a refresh is tried while a login is latched",
    file: flight,
    from: "current.latch === undefined ? renewal.first(current, now()) : \"login\"",
    to: "renewal.first(current, now())"
  },
  {
    law: 9,
    name: "a refused login cools down",
    file: flight,
    from: "JindouyunError.isRefusal(failure)\n              ? closeLatch",
    to: "JindouyunError.isRefusal(failure) && JindouyunError.isRetryable(failure)\n              ? closeLatch"
  },
  {
    law: 9,
    name: "a reset keeps what a read has found meanwhile",
    file: state,
    from: "generation > generation ? state.held : undefined",
    to: "generation > generation ? state.held : state.held"
  },
  {
    law: 9,
    name: "an arrival keeps the latch",
    file: state,
    from: "held: { pair, access, refresh: \"untried\" },\n      latch: undefined",
    to: "held: { pair, access, refresh: \"untried\" }"
  },
  {
    law: 9,
    name: "a latch is met without a look at the credentials",
    file: state,
    from:
      "return activity._tag === \"Cooling\" && !isResting(activity, now)\n    ? { _tag: \"Fail\", failure: activity.failure }",
    to:
      "return activity._tag === \"Cooling\" && !isResting(activity, now) || state.latch !== undefined\n    ? { _tag: \"Fail\", failure: activity.failure ?? new ProviderClosed({ phase: \"unsent\" }) }"
  },
  {
    law: 10,
    name: "a cool-down is not capped",
    file: renewal,
    from: "Math.min(spans.coolDown * 2 ** failures, spans.maxCoolDown)",
    to: "spans.coolDown * 2 ** failures"
  },
  {
    law: 10,
    name: "a cool-down is never shorter than its cap",
    file: renewal,
    from: "Math.min(spans.coolDown * 2 ** failures, spans.maxCoolDown)",
    to: "Math.max(spans.coolDown * 2 ** failures, spans.maxCoolDown)"
  },
  {
    law: 10,
    name: "a cool-down may be shorter than the floor",
    file: renewal,
    from: "    spans.exchangeFloor,\n",
    to: "    0 * spans.exchangeFloor,\n"
  },
  {
    law: 10,
    name: "no floor after an exchange that succeeded",
    file: state,
    from: "({ ...state, lastExchangeAt: now })",
    to: "({ ...state, lastExchangeAt: state.held === undefined ? now : state.lastExchangeAt })"
  },
  {
    law: 10,
    name: "half a floor",
    file: flight,
    from: "monotonic(), config.exchangeFloor)",
    to: "monotonic(), config.exchangeFloor / 2)"
  },
  {
    law: 10,
    name: "no pause before a retry",
    file: flight,
    from: "Math.max(delay, retryAfter)",
    to: "Math.max(0 * delay, retryAfter)"
  },
  {
    law: 10,
    name: "what passes is not tried again",
    file: renewal,
    from: "return { retry: isRetryable(failure), otherwise: \"coolDown\" }\n  }\n  if (isRefusal",
    to: "return { retry: false, otherwise: \"coolDown\" }\n  }\n  if (isRefusal"
  },
  {
    law: 10,
    name: "one attempt too many",
    file: flight,
    from: "trail.attempts < config.maxAttempts",
    to: "trail.attempts <= config.maxAttempts"
  },
  {
    law: 10,
    name: "a retry is waited for beyond the deadline",
    file: flight,
    from: "Option.exists(delay, isInTime)",
    to: "Option.exists(delay, () => true)"
  },
  {
    law: 10,
    name: "a login is waited for beyond the deadline",
    file: flight,
    from: "verdict.otherwise === \"login\" && isInTime(retryAfter)",
    to: "verdict.otherwise === \"login\""
  },
  {
    law: 10,
    name: "a login ignores the Retry-After of the refresh",
    file: flight,
    from: "notBefore: monotonic() + retryAfter",
    to: "notBefore: monotonic() + 0 * retryAfter"
  },
  {
    law: 10,
    name: "a Retry-After without a cap",
    file: "internal/retryAfter.ts",
    from: "Math.min(Math.max(millis, 0), hour)",
    to: "Math.max(millis, 0)"
  },
  {
    law: 10,
    name: "an exchange has no limit of its own",
    file: "internal/exchange.ts",
    from: "TimeLimit.make(config.requestTimeout)",
    to: "TimeLimit.make(10 * config.requestTimeout)"
  },
  {
    law: 10,
    name: "a reset keeps the cool-down",
    file: state,
    from: "state.activity._tag === \"Cooling\" || state.activity._tag === \"Idle\"",
    to: "state.activity._tag === \"Idle\""
  },
  {
    law: 10,
    name: "a timer renews instead of a reader",
    file: provider,
    from: "  const status = Effect.map(",
    to:
      "  yield* Effect.forkScoped(Effect.forever(Effect.delay(Effect.exit(accessToken), \"10 minutes\")))\n\n  const status = Effect.map("
  },
  {
    law: 11,
    name: "no renewal in the window",
    file: state,
    from: "_tag: renew ? \"ServeAndRenew\" : \"Serve\"",
    to: "_tag: renew && forced ? \"ServeAndRenew\" : \"Serve\""
  },
  {
    law: 11,
    name: "the window begins with the margin",
    file: "Token.ts",
    from: "now >= pair.accessExpiresAt - window",
    to: "now >= pair.accessExpiresAt - window / 30"
  },
  {
    law: 11,
    name: "the window is twice as long",
    file: "Token.ts",
    from: "now >= pair.accessExpiresAt - window",
    to: "now >= pair.accessExpiresAt - 2 * window"
  },
  {
    law: 12,
    name: "a clock turned back makes a token last",
    file: "Token.ts",
    from: "pair.sentAt - margin <= now && now < pair.accessExpiresAt - margin",
    to: "Math.abs(now - pair.sentAt) < pair.accessExpiresAt - pair.sentAt - margin"
  },
  {
    law: 12,
    name: "a deadline on the wall clock",
    file: flight,
    from: "const left = () => Math.max(0, deadline - monotonic())",
    to:
      "const started = now()\n    const left = () => Math.max(0, started + floor + config.flightDeadline - now() + 0 * deadline)"
  },
  {
    law: 5,
    name: "closing interrupts who waits",
    file: provider,
    from: "Exit.isInterrupted(exit) ? Exit.fail(new ProviderClosed({ phase: \"ambiguous\" })) : exit",
    to: "exit"
  },
  {
    law: 7,
    name: "a forced refresh in a new process takes what is stored",
    file: provider,
    from: "Effect.orElseSucceed(Flight.known({ config, key, store }), () => generation)",
    to: "Effect.succeed(generation)"
  },
  {
    law: 9,
    name: "a reset forgets only what the provider knew",
    file: flight,
    from: "const last = Math.max(generation, stored)",
    to: "const last = Math.max(generation, 0 * stored)"
  },
  {
    law: 10,
    name: "a forced refresh does not mind the cool-down",
    file: state,
    from: "return activity._tag === \"Cooling\" && !isResting(activity, now)\n",
    to: "return activity._tag === \"Cooling\" && !forced && !isResting(activity, now)\n"
  },
  {
    law: 10,
    name: "no floor after an exchange that failed",
    file: flight,
    from: "Effect.ensuring(Effect.suspend(() => update(TokenState.exchanged(monotonic()))))",
    to: "Effect.zipLeft(Effect.suspend(() => update(TokenState.exchanged(monotonic()))))"
  },
  {
    law: 10,
    name: "the first cool-down is doubled already",
    file: renewal,
    from: "2 ** failures",
    to: "2 ** (failures + 1)"
  },
  {
    law: 10,
    name: "a lease is waited for a second only",
    file: flight,
    from: "timeout: Duration.millis(config.flightDeadline)",
    to: "timeout: Duration.millis(config.flightDeadline / 40)"
  },
  {
    law: 1,
    name: "a lease is not renewed before a request",
    file: flight,
    from: "if (Option.isSome(lease)) {",
    to: "if (Option.isSome(lease) && left() < 0) {"
  },
  {
    law: 1,
    name: "a lost lease is of no account",
    file: flight,
    from: "yield* lease.value.renew.pipe(bounded(Math.min(left(), leaseSlack), storeFailure(\"lease\")))",
    to: "yield* Effect.ignore(lease.value.renew.pipe(bounded(Math.min(left(), leaseSlack), storeFailure(\"lease\"))))"
  },
  {
    law: 1,
    name: "a lease is as short as a request",
    file: flight,
    from: "duration: Duration.millis(config.requestTimeout + leaseSlack)",
    to: "duration: Duration.millis(config.requestTimeout - leaseSlack)"
  },
  {
    law: 1,
    name: "a renewal of the lease may take its time",
    file: flight,
    from: "bounded(Math.min(left(), leaseSlack), storeFailure(\"lease\"))",
    to: "bounded(left(), storeFailure(\"lease\"))"
  },
  {
    law: 1,
    name: "a pair is saved without its lease",
    file: flight,
    from: "store.save(key, record, lease)",
    to: "store.save(key, record, Option.none())"
  },
  {
    law: 1,
    name: "who is fenced off keeps its pair",
    file: flight,
    from: "look(config.requestTimeout))",
    to: "Effect.void)"
  },
  {
    law: 1,
    name: "a login is made without the store unasked",
    file: flight,
    from: "!config.loginWithoutStore || canServe",
    to: "canServe"
  },
  {
    law: 1,
    name: "a refresh is made without the store",
    file: flight,
    from: "travel(\"login\", Option.none())",
    to: "travel(renewal.first(current, now()), Option.none())"
  },
  {
    law: 1,
    name: "who has lost the lease goes on alone",
    file: flight,
    from: "isLeased ? giveWay(failure) : flyAlone(failure)",
    to: "flyAlone(failure)"
  },
  {
    law: 4,
    name: "the number of the lease is of no account",
    file: flight,
    from: "onSome: ({ fence }) => fence",
    to: "onSome: () => 0"
  },
  {
    law: 6,
    name: "the store is not looked at under the lease",
    file: flight,
    from:
      "      return Effect.gen(function*() {\n        if (yield* look()) {\n          return\n        }\n        const current",
    to: "      return Effect.gen(function*() {\n        const current"
  },
  {
    law: 6,
    name: "a reader waits until the store has the pair",
    file: provider,
    from: "Deferred.await(hasArrived ? landing : arrival)",
    to: "Deferred.await(hasArrived ? landing : landing)"
  },
  {
    law: 6,
    name: "a pair is saved before anybody is told",
    file: flight,
    from: "Deferred.succeed(arrival, undefined))",
    to: "Effect.void)"
  },
  {
    law: 7,
    name: "who can be served logs in without the store",
    file: flight,
    from: "!config.loginWithoutStore || canServe(current) ||",
    to: "!config.loginWithoutStore ||"
  },
  {
    law: 7,
    name: "a forced refresh that is joined takes what there is",
    file: provider,
    from: "Effect.zipRight(Deferred.await(decision.flight.landing), newerThan(known))",
    to: "Effect.zipRight(Deferred.await(decision.flight.landing), readAgain)"
  },
  {
    law: 6,
    name: "what has arrived can be interrupted",
    file: flight,
    from: "Effect.matchEffect(then)",
    to: "Effect.matchEffect(then),\n          Effect.interruptible"
  },
  {
    law: 10,
    name: "a lease is not given back",
    file: "internal/polledLease.ts",
    from: "Effect.catchAll(release(key, lease), (failure) => Effect.logDebug(failure.message))",
    to: "Effect.void"
  },
  {
    law: 5,
    name: "an exchange goes on without its layer",
    file: timeLimit,
    from: "Effect.zipRight(fiber === undefined ? Effect.void : Fiber.interrupt(fiber), Effect.failCause(cause))",
    to: "Effect.failCause(cause)"
  },
  {
    law: 10,
    name: "an exchange that takes too long is not ended",
    file: timeLimit,
    from: "        runner.fiber.unsafeInterruptAsFork(FiberId.none)\n",
    to: ""
  },
  {
    law: 10,
    name: "only the first of some exchanges is ended in time",
    file: timeLimit,
    from: "return Effect.zipRight(clock.sleep(Duration.nanos(runner.deadline - now)), watch)",
    to: "return clock.sleep(Duration.nanos(runner.deadline - now))"
  }
]
