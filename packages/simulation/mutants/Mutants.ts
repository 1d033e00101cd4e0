/**
 * A guarantee and one place of the source that upholds it, broken. The simulation has to find every one of them: one that
 * survives is a hole in it.
 */
export interface Mutant {
  readonly guarantee: number
  readonly name: string
  /** Below `src`. */
  readonly file: string
  /** Occurs exactly once. */
  readonly from: string
  readonly to: string
}

/** The source with the place broken, or nothing where it is not to be found, or not only once. */
export const apply = ({ from, to }: Mutant, source: string): string | undefined => {
  const [before, after, ...more] = source.split(from)
  return before === undefined || after === undefined || more.length > 0 ? undefined : `${before}${to}${after}`
}

const state = "internal/token/state.ts"
const provider = "TokenProvider.ts"
const renewal = "internal/token/renewal.ts"
const recovery = "internal/token/recovery.ts"
const timeLimit = "internal/http/timeout.ts"

export const mutants: ReadonlyArray<Mutant> = [
  {
    guarantee: 1,
    name: "a renewal under way is not joined",
    file: state,
    from: "return { _tag: \"Await\", renewal: activity.renewal }",
    to: "return { _tag: \"Renew\" }"
  },
  {
    guarantee: 1,
    name: "a start is not recorded",
    file: provider,
    from: "TokenState.started(renewal)(current)",
    to: "current"
  },
  {
    guarantee: 1,
    name: "the lease of the store is given twice",
    file: "TokenStore.ts",
    from: "lease.queue.push(turn) === 1",
    to: "lease.queue.push(turn) <= 2"
  },
  {
    guarantee: 2,
    name: "the margin is dropped",
    file: "Token.ts",
    from: "now < pair.accessExpiresAt - margin",
    to: "now < pair.accessExpiresAt"
  },
  {
    guarantee: 2,
    name: "a rejected token is served",
    file: state,
    from: "held.access === \"live\" && Token.isUsable(held.pair",
    to: "Token.isUsable(held.pair"
  },
  {
    guarantee: 2,
    name: "a waiter does not look again",
    file: provider,
    from: "onSuccess: () => readAgain,",
    to:
      "onSuccess: () => Effect.flatMap(Ref.get(state), ({ held }) => held === undefined ? readAgain : Effect.succeed(held.pair.accessToken)),"
  },
  {
    guarantee: 2,
    name: "a refresh brings the rejected value back",
    file: renewal,
    from: "TokenState.isRejected(current, grant.accessToken) ? \"rejected\" : \"live\"",
    to: "TokenState.isRejected(current, grant.accessToken) ? \"live\" : \"live\""
  },
  {
    guarantee: 2,
    name: "a store brings the rejected value back",
    file: state,
    from: "access: isRejected(state, pair.accessToken.value) ? \"rejected\" : \"live\"",
    to: "access: isRejected(state, pair.accessToken.value) ? \"live\" : \"live\""
  },
  {
    guarantee: 2,
    name: "a lifetime counts from the answer",
    file: "internal/http/request.ts",
    from: "(data) => ({ data, sentAt, ",
    to: "(data) => ({ data, sentAt: clock.unsafeCurrentTimeMillis() || sentAt, "
  },
  {
    guarantee: 3,
    name: "a failure drops the pair",
    file: state,
    from: "state.activity._tag === \"Renewing\" ? { ...state, activity } : state",
    to:
      "state.activity._tag === \"Renewing\" ? { ...state, activity, held: activity.failure === undefined ? state.held : undefined } : state"
  },
  {
    guarantee: 3,
    name: "a cooldown stops readers",
    file: state,
    from: "if (!forced && held !== undefined && isUsable(held, now, policy)) {",
    to: "if (!forced && held !== undefined && isUsable(held, now, policy) && activity._tag !== \"Cooling\") {"
  },
  {
    guarantee: 3,
    name: "a renewal stops readers",
    file: state,
    from: "if (!forced && held !== undefined && isUsable(held, now, policy)) {",
    to: "if (!forced && held !== undefined && isUsable(held, now, policy) && activity._tag !== \"Renewing\") {"
  },
  {
    guarantee: 3,
    name: "a doubt about the refresh token drops the access token",
    file: state,
    from: "held: { ...state.held, refresh: \"ambiguous\" }",
    to: "held: { ...state.held, access: \"rejected\", refresh: \"ambiguous\" }"
  },
  {
    guarantee: 4,
    name: "whatever is invalidated, the pair goes",
    file: state,
    from: "state.held.pair.accessToken.generation === rejected.generation",
    to: "rejected.generation > 0"
  },
  {
    guarantee: 4,
    name: "an older rejection drops its successor",
    file: state,
    from: "state.held.pair.accessToken.generation === rejected.generation",
    to: "state.held.pair.accessToken.generation >= rejected.generation"
  },
  {
    guarantee: 4,
    name: "a reset restarts the count",
    file: state,
    from: "  ...state,\n  held: undefined,\n  refusedCredentials: undefined,",
    to: "  ...state,\n  generation: 0,\n  held: undefined,\n  refusedCredentials: undefined,"
  },
  {
    guarantee: 5,
    name: "an interrupted caller interrupts the renewal",
    file: provider,
    from: "Effect.matchCauseEffect(tokenOf(decision.renewal), {",
    to:
      "Effect.matchCauseEffect(Effect.onInterrupt(tokenOf(decision.renewal), () => Fiber.interrupt(decision.renewal.fiber)), {"
  },
  {
    guarantee: 5,
    name: "a renewal outlives its layer",
    file: provider,
    from: "before.activity.renewal.fiber.unsafeInterruptAsFork(closer)",
    to: "closer"
  },
  {
    guarantee: 5,
    name: "a closed provider does not know it",
    file: provider,
    from: "return [before.activity, TokenState.closed(before)]",
    to: "return [before.activity, before]"
  },
  {
    guarantee: 6,
    name: "a pair is not recorded",
    file: renewal,
    from: "canServe(yield* update(TokenState.received(pair, access)))",
    to: "canServe(yield* Ref.get(state))"
  },
  {
    guarantee: 6,
    name: "a pair is not saved",
    file: renewal,
    from: "pair: Option.liftPredicate(pair, () => access === \"live\")",
    to: "pair: Option.liftPredicate(pair, () => access !== \"live\")"
  },
  {
    guarantee: 6,
    name: "a pair in the store is not adopted",
    file: state,
    from: "if (record.generation > state.generation) {",
    to: "if (record.generation > state.generation + 1) {"
  },
  {
    guarantee: 7,
    name: "a refused refresh cools down",
    file: recovery,
    from: "otherwise: canServe && !ambiguous ? \"refused\" : \"acquire\"",
    to: "otherwise: canServe && !ambiguous ? \"refused\" : \"cooldown\""
  },
  {
    guarantee: 7,
    name: "a refused early refresh logs in at once",
    file: recovery,
    from: "otherwise: canServe && !ambiguous ? \"refused\" : \"acquire\"",
    to: "otherwise: \"acquire\""
  },
  {
    guarantee: 7,
    name: "a refused early refresh is repeated",
    file: state,
    from: "&& held.refresh !== \"refused\" && state.refusedCredentials === undefined",
    to: "&& state.refusedCredentials === undefined"
  },
  {
    guarantee: 7,
    name: "an expired refresh token is sent",
    file: recovery,
    from: "state.held !== undefined && Token.isRefreshable(state.held.pair, now) ? \"refresh\"",
    to: "state.held !== undefined && Token.isRefreshable(state.held.pair, 0 * now) ? \"refresh\""
  },
  {
    guarantee: 8,
    name: "a doubt is forgotten",
    file: renewal,
    from: "yield* update(TokenState.refreshAmbiguous(generation))",
    to: "yield* Ref.get(state)"
  },
  {
    guarantee: 8,
    name: "refreshes without end",
    file: recovery,
    from: "refreshes < maxRefreshes",
    to: "refreshes < 100 * maxRefreshes"
  },
  {
    guarantee: 8,
    name: "an ambiguous refresh is not followed by an acquisition",
    file: recovery,
    from: "otherwise: canServe && !ambiguous ? \"cooldown\" : \"acquire\"",
    to: "otherwise: canServe ? \"cooldown\" : \"acquire\""
  },
  {
    guarantee: 9,
    name: "refused credentials are not remembered",
    file: renewal,
    from: "yield* update(TokenState.credentialsRefused(refusedCredentials))",
    to: "yield* Ref.get(state)"
  },
  {
    guarantee: 9,
    name: "the refusedCredentials is not stored",
    file: renewal,
    from: "refusedCredentials: Option.some(refusedCredentials) }",
    to: "refusedCredentials: Option.none() }"
  },
  {
    guarantee: 9,
    name: "all credentials count as the refused ones",
    file: renewal,
    from: "digest.matches(account, refusedCredentials.credentials)",
    to: "digest.matches(account, refusedCredentials.credentials) !== undefined"
  },
  {
    guarantee: 9,
    name: "no credentials count as the refused ones",
    file: renewal,
    from: "refusedCredentials !== undefined && digest.matches",
    to: "refusedCredentials === undefined && digest.matches"
  },
  {
    guarantee: 9,
    name: "a reset leaves the refusedCredentials in the store",
    file: renewal,
    from: "pair: Option.none(),\n      refusedCredentials: Option.none()",
    to: "pair: Option.none(),\n      refusedCredentials: Option.flatMap(record, (record) => record.refusedCredentials)"
  },
  {
    guarantee: 10,
    name: "a cooldown is not applied",
    file: state,
    from: "activity._tag === \"Idle\" || (activity._tag === \"Cooling\" && !Token.isPending",
    to: "activity._tag === \"Idle\" || (activity._tag === \"Cooling\" || !Token.isPending"
  },
  {
    guarantee: 10,
    name: "a cooldown is not doubled",
    file: recovery,
    from: "spans.cooldown * 2 ** failures",
    to: "spans.cooldown * 2 ** (0 * failures)"
  },
  {
    guarantee: 10,
    name: "a start forgets the failures in a row",
    file: state,
    from: "failures: state.activity._tag === \"Cooling\" ? state.activity.failures : 0",
    to: "failures: 0"
  },
  {
    guarantee: 10,
    name: "no floor",
    file: state,
    from: "? state.lastRequestAt + floor - now",
    to: "? 0"
  },
  {
    guarantee: 10,
    name: "a retry ignores Retry-After",
    file: renewal,
    from: "Math.max(delay, retryAfter)",
    to: "Math.max(delay, 0 * retryAfter)"
  },
  {
    guarantee: 10,
    name: "a cooldown ignores Retry-After",
    file: renewal,
    from: "\"retryAfter\" in failure ? failure.retryAfter ?? 0 : 0",
    to: "\"retryAfter\" in failure ? 0 : 0"
  },
  {
    guarantee: 10,
    name: "a renewal has no deadline",
    file: renewal,
    from: "const left = () => Math.max(0, deadline - monotonic())",
    to: "const left = () => Math.max(deadline, config.renewalTimeout)"
  },
  {
    guarantee: 10,
    name: "attempts without end",
    file: renewal,
    from: "progress.attempts < config.maxAttempts",
    to: "progress.attempts < 100 * config.maxAttempts"
  },
  {
    guarantee: 10,
    name: "retries are free",
    file: renewal,
    from: "paid ? delay : Option.none()",
    to: "paid ? delay : delay"
  },
  {
    guarantee: 11,
    name: "the early window is not cut to a quarter",
    file: "JindouyunConfig.ts",
    from: "yield* atMostQuarter(\"earlyRefresh\")",
    to: "config.earlyRefresh"
  },
  {
    guarantee: 11,
    name: "the margin is not cut to a quarter",
    file: "JindouyunConfig.ts",
    from: "yield* atMostQuarter(\"expiryMargin\")",
    to: "config.expiryMargin"
  },
  {
    guarantee: 11,
    name: "the window counts from the beginning of a life",
    file: "Token.ts",
    from: "now >= pair.accessExpiresAt - window",
    to: "now >= pair.sentAt + window"
  },
  {
    guarantee: 11,
    name: "a pair that had expired on its way ends as good",
    file: renewal,
    from: "return isFresh ? undefined : access === \"rejected\" ? rejectedAgain() : expiredOnReceipt()",
    to:
      "return isFresh || access === \"live\" ? undefined : access === \"rejected\" ? rejectedAgain() : expiredOnReceipt()"
  },
  {
    guarantee: 12,
    name: "a token is kept by its end alone",
    file: "Token.ts",
    from: "pair.sentAt - margin <= now && now < pair.accessExpiresAt - margin",
    to: "now < pair.accessExpiresAt - margin"
  },
  {
    guarantee: 12,
    name: "a cooldown is kept by its end alone",
    file: "Token.ts",
    from: "now < until && since - now <= until - since",
    to: "now < until && since < until"
  },
  {
    guarantee: 12,
    name: "the floor is counted on the wall clock",
    file: renewal,
    from: "TokenState.floorLeft(yield* Ref.get(state), monotonic(), config.minRequestInterval)",
    to: "TokenState.floorLeft(yield* Ref.get(state), now(), config.minRequestInterval)"
  },
  {
    guarantee: 12,
    name: "a pair counts from the beginning of time",
    file: "Token.ts",
    from: "accessExpiresAt: grant.sentAt + lifetimes.accessToken",
    to: "accessExpiresAt: Math.max(grant.sentAt, 1893456000000) + lifetimes.accessToken"
  },
  {
    guarantee: 1,
    name: "the lease of the store is not waited for",
    file: "TokenStore.ts",
    from: "Effect.flatMap(Deferred.await(turn), () => {",
    to: "Effect.flatMap(Effect.void, () => {"
  },
  {
    guarantee: 1,
    name: "the next in the queue is not called",
    file: "TokenStore.ts",
    from: "lease.queue.slice(0, 1).forEach(called)",
    to: "lease.queue.slice(0, 0).forEach(called)"
  },
  {
    guarantee: 1,
    name: "a renewal needs no lease",
    file: renewal,
    from: "store.withLease(key, {",
    to: "store.withLease(`${key}${monotonic()}`, {"
  },
  {
    guarantee: 1,
    name: "a renewal in the background is made by everybody",
    file: state,
    from: "isDue(state, held, now, policy) && isResting(activity, now)\n",
    to: "isDue(state, held, now, policy) && (activity._tag === \"Renewing\" || isResting(activity, now))\n"
  },
  {
    guarantee: 2,
    name: "a token is served at its margin",
    file: "Token.ts",
    from: "now < pair.accessExpiresAt - margin",
    to: "now <= pair.accessExpiresAt - margin"
  },
  {
    guarantee: 2,
    name: "an invalidation does nothing",
    file: provider,
    from: "Effect.asVoid(update(TokenState.invalidated(rejected)))",
    to: "Effect.asVoid(Effect.succeed(rejected))"
  },
  {
    guarantee: 2,
    name: "an access token lives as long as its refresh token",
    file: "Token.ts",
    from: "accessExpiresAt: grant.sentAt + lifetimes.accessToken",
    to: "accessExpiresAt: grant.sentAt + lifetimes.refreshToken"
  },
  {
    guarantee: 3,
    name: "the margin counts twice",
    file: "Token.ts",
    from: "now < pair.accessExpiresAt - margin",
    to: "now < pair.accessExpiresAt - 2 * margin"
  },
  {
    guarantee: 3,
    name: "a read in the window waits for the renewal",
    file: provider,
    from: "decision._tag === \"Renew\" ? { _tag: \"Await\", renewal } : decision",
    to: "{ _tag: \"Await\", renewal }"
  },
  {
    guarantee: 3,
    name: "a failure is met before the token",
    file: state,
    from: "if (activity._tag === \"Closed\") {\n    return { _tag: \"Fail\", failure",
    to:
      "if (activity._tag === \"Closed\" || activity._tag === \"Cooling\" && !isResting(activity, now)) {\n    return { _tag: \"Fail\", failure"
  },
  {
    guarantee: 4,
    name: "values are compared and not generations",
    file: state,
    from: "state.held.pair.accessToken.generation === rejected.generation",
    to: "Equal.equals(state.held.pair.accessToken.value, rejected.value)"
  },
  {
    guarantee: 4,
    name: "a later generation is not counted",
    file: renewal,
    from: "(yield* Ref.get(state)).generation + 1,",
    to: "1,"
  },
  {
    guarantee: 5,
    name: "an interrupted refresh interrupts the renewal",
    file: provider,
    from: "Deferred.await(decision.renewal.done),",
    to: "Effect.onInterrupt(Deferred.await(decision.renewal.done), () => Fiber.interrupt(decision.renewal.fiber)),"
  },
  {
    guarantee: 5,
    name: "an interrupted reader fails the others",
    file: provider,
    from: "Effect.matchCauseEffect(tokenOf(decision.renewal), {",
    to:
      "Effect.matchCauseEffect(Effect.onInterrupt(tokenOf(decision.renewal), () => Deferred.interrupt(decision.renewal.tokenReady)), {"
  },
  {
    guarantee: 5,
    name: "a layer does not wait for its renewal",
    file: provider,
    from: "Fiber.await(activity.renewal.fiber) : Effect.void",
    to: "Effect.asVoid(Fiber.interruptFork(activity.renewal.fiber)) : Effect.void"
  },
  {
    guarantee: 5,
    name: "a done opens the provider again",
    file: state,
    from: "state.activity._tag === \"Renewing\" ? { ...state, activity } : state",
    to: "state.activity._tag !== \"Idle\" ? { ...state, activity } : state"
  },
  {
    guarantee: 5,
    name: "a defect of the credentials reaches the callers",
    file: "internal/bounded.ts",
    from: "contained(() => failure(\"it died\"))(step).pipe(",
    to: "step.pipe("
  },
  {
    guarantee: 5,
    name: "who has waited is never told of a failure",
    file: provider,
    from: "Deferred.unsafeDone(tokenReady, outcome)",
    to: "Exit.isSuccess(outcome) && Deferred.unsafeDone(tokenReady, outcome)"
  },
  {
    guarantee: 5,
    name: "a closed provider serves what it had",
    file: state,
    from: "  held: undefined,\n  activity: { _tag: \"Closed\"",
    to: "  activity: { _tag: \"Idle\""
  },
  {
    guarantee: 6,
    name: "a refreshed pair is kept until the next look only",
    file: state,
    from: "generation: pair.accessToken.generation,\n      held: { pair, access, refresh: \"untried\" },",
    to:
      "generation: pair.accessToken.generation,\n      held: state.held === undefined ? { pair, access, refresh: \"untried\" } : state.held,"
  },
  {
    guarantee: 6,
    name: "a newer pair in the store is not used",
    file: renewal,
    from: "after.generation > known && canServe(after)",
    to: "after.generation > known && !canServe(after)"
  },
  {
    guarantee: 7,
    name: "a forced refresh hands out what there is",
    file: state,
    from: "if (!forced && held !== undefined && isUsable(held, now, policy)) {",
    to: "if (held !== undefined && isUsable(held, now, policy)) {"
  },
  {
    guarantee: 7,
    name: "a reader gets the refusal of a refresh",
    file: recovery,
    from: "otherwise: canServe && !ambiguous ? \"refused\" : \"acquire\"",
    to: "otherwise: !ambiguous ? \"refused\" : \"acquire\""
  },
  {
    guarantee: 7,
    name: "a refused refresh is sent again",
    file: renewal,
    from: "after.retry ? yield* pause",
    to: "after.retry || after.otherwise !== \"cooldown\" ? yield* pause"
  },
  {
    guarantee: 7,
    name: "a refresh token is used only while the access token is good",
    file: "Token.ts",
    from: "refreshExpiresAt: grant.sentAt + lifetimes.refreshToken",
    to: "refreshExpiresAt: grant.sentAt + lifetimes.accessToken"
  },
  {
    guarantee: 7,
    name: "every renewal is an acquisition",
    file: recovery,
    from: "? \"refresh\" : \"acquire\"\n",
    to: "? \"acquire\" : \"acquire\"\n"
  },
  {
    guarantee: 7,
    name: "an unsent refresh turns into an acquisition",
    file: recovery,
    from: "return { retry: isRetryable(failure), otherwise: \"cooldown\" }\n  }\n  return",
    to: "return { retry: isRetryable(failure), otherwise: \"acquire\" }\n  }\n  return"
  },
  {
    guarantee: 8,
    name: "a refusal after a doubt is a refusal",
    file: recovery,
    from: "otherwise: canServe && !ambiguous ? \"refused\" : \"acquire\"",
    to: "otherwise: canServe ? \"refused\" : \"acquire\""
  },
  {
    guarantee: 8,
    name: "an ambiguous refresh is not tried again",
    file: recovery,
    from: "retry: isRetryable(failure) && refreshes < maxRefreshes",
    to: "retry: isRetryable(failure) && refreshes < 1"
  },
  {
    guarantee: 8,
    name: "three refreshes",
    file: recovery,
    from: "const maxRefreshes = 2",
    to: "const maxRefreshes = 3"
  },
  {
    guarantee: 8,
    name: "refreshes are not counted",
    file: recovery,
    from: "(request === \"refresh\" && failure.delivery !== \"unsent\" ? 1 : 0)",
    to: "(request === \"refresh\" && failure.delivery === \"answered\" ? 1 : 0)"
  },
  {
    guarantee: 8,
    name: "what is ambiguous counts as unsent",
    file: "internal/http/transportError.ts",
    from: "delivery: unsent ? \"unsent\" : \"ambiguous\", detail: code",
    to: "delivery: unsent || code !== \"\" ? \"unsent\" : \"ambiguous\", detail: code"
  },
  {
    guarantee: 8,
    name: "a doubt is taken for an untried token",
    file: state,
    from: "state.held.refresh !== \"ambiguous\"\n    ? { ...state, held: { ...state.held, refresh: \"ambiguous\" } }",
    to: "state.held.refresh !== \"ambiguous\"\n    ? { ...state, held: { ...state.held, refresh: \"untried\" } }"
  },
  {
    guarantee: 9,
    name: "a refusal in the store is not adopted",
    file: state,
    from: "? { ...state, refusedCredentials }\n    : state",
    to: "? state\n    : state"
  },
  {
    guarantee: 9,
    name: "a refresh is tried while credentials are refused",
    file: renewal,
    from: "current.refusedCredentials === undefined ? recovery.firstRequest(current, now()) : \"acquire\"",
    to: "recovery.firstRequest(current, now())"
  },
  {
    guarantee: 9,
    name: "a refused acquisition cools down",
    file: renewal,
    from: "JindouyunError.isRefusal(failure)\n              ? rememberRefusal",
    to: "JindouyunError.isRefusal(failure) && JindouyunError.isRetryable(failure)\n              ? rememberRefusal"
  },
  {
    guarantee: 9,
    name: "a reset keeps what a read has found meanwhile",
    file: state,
    from: "generation > generation ? state.held : undefined",
    to: "generation > generation ? state.held : state.held"
  },
  {
    guarantee: 9,
    name: "an tokenReady keeps the refusedCredentials",
    file: state,
    from: "held: { pair, access, refresh: \"untried\" },\n      refusedCredentials: undefined",
    to: "held: { pair, access, refresh: \"untried\" }"
  },
  {
    guarantee: 9,
    name: "a refusedCredentials is met without a look at the credentials",
    file: state,
    from:
      "return activity._tag === \"Cooling\" && !isResting(activity, now)\n    ? { _tag: \"Fail\", failure: activity.failure }",
    to:
      "return activity._tag === \"Cooling\" && !isResting(activity, now) || state.refusedCredentials !== undefined\n    ? { _tag: \"Fail\", failure: activity.failure ?? new ProviderClosed({ delivery: \"unsent\" }) }"
  },
  {
    guarantee: 10,
    name: "a cooldown is not capped",
    file: recovery,
    from: "Math.min(spans.cooldown * 2 ** failures, spans.maxCooldown)",
    to: "spans.cooldown * 2 ** failures"
  },
  {
    guarantee: 10,
    name: "a cooldown is never shorter than its cap",
    file: recovery,
    from: "Math.min(spans.cooldown * 2 ** failures, spans.maxCooldown)",
    to: "Math.max(spans.cooldown * 2 ** failures, spans.maxCooldown)"
  },
  {
    guarantee: 10,
    name: "a cooldown may be shorter than the floor",
    file: recovery,
    from: "    spans.minRequestInterval,\n",
    to: "    0 * spans.minRequestInterval,\n"
  },
  {
    guarantee: 10,
    name: "no floor after a request that succeeded",
    file: state,
    from: "({ ...state, lastRequestAt: now })",
    to: "({ ...state, lastRequestAt: state.held === undefined ? now : state.lastRequestAt })"
  },
  {
    guarantee: 10,
    name: "half a floor",
    file: renewal,
    from: "monotonic(), config.minRequestInterval)",
    to: "monotonic(), config.minRequestInterval / 2)"
  },
  {
    guarantee: 10,
    name: "no pause before a retry",
    file: renewal,
    from: "Math.max(delay, retryAfter)",
    to: "Math.max(0 * delay, retryAfter)"
  },
  {
    guarantee: 10,
    name: "what passes is not tried again",
    file: recovery,
    from: "return { retry: isRetryable(failure), otherwise: \"cooldown\" }\n  }\n  if (isRefusal",
    to: "return { retry: false, otherwise: \"cooldown\" }\n  }\n  if (isRefusal"
  },
  {
    guarantee: 10,
    name: "one attempt too many",
    file: renewal,
    from: "progress.attempts < config.maxAttempts",
    to: "progress.attempts <= config.maxAttempts"
  },
  {
    guarantee: 10,
    name: "a retry is waited for beyond the deadline",
    file: renewal,
    from: "Option.exists(delay, isInTime)",
    to: "Option.exists(delay, () => true)"
  },
  {
    guarantee: 10,
    name: "an acquisition is waited for beyond the deadline",
    file: renewal,
    from: "after.otherwise === \"acquire\" && isInTime(retryAfter)",
    to: "after.otherwise === \"acquire\""
  },
  {
    guarantee: 10,
    name: "an acquisition ignores the Retry-After of the refresh",
    file: renewal,
    from: "notBefore: monotonic() + retryAfter",
    to: "notBefore: monotonic() + 0 * retryAfter"
  },
  {
    guarantee: 10,
    name: "a Retry-After without a cap",
    file: "internal/http/retryAfter.ts",
    from: "Math.min(Math.max(millis, 0), hour)",
    to: "Math.max(millis, 0)"
  },
  {
    guarantee: 10,
    name: "a request has no limit of its own",
    file: "internal/http/request.ts",
    from: "Timeout.make(config.requestTimeout)",
    to: "Timeout.make(10 * config.requestTimeout)"
  },
  {
    guarantee: 10,
    name: "a reset keeps the cooldown",
    file: state,
    from: "state.activity._tag === \"Cooling\" || state.activity._tag === \"Idle\"",
    to: "state.activity._tag === \"Idle\""
  },
  {
    guarantee: 10,
    name: "a timer renews instead of a reader",
    file: provider,
    from: "  const status = Effect.map(",
    to:
      "  yield* Effect.forkScoped(Effect.forever(Effect.delay(Effect.exit(accessToken), \"10 minutes\")))\n\n  const status = Effect.map("
  },
  {
    guarantee: 11,
    name: "no renewal in the window",
    file: state,
    from: "_tag: renew ? \"ServeAndRenew\" : \"Serve\"",
    to: "_tag: renew && forced ? \"ServeAndRenew\" : \"Serve\""
  },
  {
    guarantee: 11,
    name: "the window begins with the margin",
    file: "Token.ts",
    from: "now >= pair.accessExpiresAt - window",
    to: "now >= pair.accessExpiresAt - window / 30"
  },
  {
    guarantee: 11,
    name: "the window is twice as long",
    file: "Token.ts",
    from: "now >= pair.accessExpiresAt - window",
    to: "now >= pair.accessExpiresAt - 2 * window"
  },
  {
    guarantee: 12,
    name: "a clock turned back makes a token last",
    file: "Token.ts",
    from: "pair.sentAt - margin <= now && now < pair.accessExpiresAt - margin",
    to: "Math.abs(now - pair.sentAt) < pair.accessExpiresAt - pair.sentAt - margin"
  },
  {
    guarantee: 12,
    name: "a deadline on the wall clock",
    file: renewal,
    from: "const left = () => Math.max(0, deadline - monotonic())",
    to:
      "const started = now()\n    const left = () => Math.max(0, started + floor + config.renewalTimeout - now() + 0 * deadline)"
  },
  {
    guarantee: 5,
    name: "closing interrupts who waits",
    file: provider,
    from: "Exit.isInterrupted(exit) ? Exit.fail(new ProviderClosed({ delivery: \"ambiguous\" })) : exit",
    to: "exit"
  },
  {
    guarantee: 7,
    name: "a forced refresh in a new process takes what is stored",
    file: provider,
    from: "Effect.orElseSucceed(Renewal.known({ config, key, store }), () => generation)",
    to: "Effect.succeed(generation)"
  },
  {
    guarantee: 9,
    name: "a reset forgets only what the provider knew",
    file: renewal,
    from: "const last = Math.max(generation, stored)",
    to: "const last = Math.max(generation, 0 * stored)"
  },
  {
    guarantee: 10,
    name: "a forced refresh does not mind the cooldown",
    file: state,
    from: "return activity._tag === \"Cooling\" && !isResting(activity, now)\n",
    to: "return activity._tag === \"Cooling\" && !forced && !isResting(activity, now)\n"
  },
  {
    guarantee: 10,
    name: "no floor after a request that failed",
    file: renewal,
    from: "Effect.ensuring(Effect.suspend(() => update(TokenState.requestEnded(monotonic()))))",
    to: "Effect.zipLeft(Effect.suspend(() => update(TokenState.requestEnded(monotonic()))))"
  },
  {
    guarantee: 10,
    name: "the first cooldown is doubled already",
    file: recovery,
    from: "2 ** failures",
    to: "2 ** (failures + 1)"
  },
  {
    guarantee: 10,
    name: "a lease is waited for a second only",
    file: renewal,
    from: "timeout: Duration.millis(config.renewalTimeout)",
    to: "timeout: Duration.millis(config.renewalTimeout / 40)"
  },
  {
    guarantee: 1,
    name: "a lease is not renewed before a request",
    file: renewal,
    from: "if (Option.isSome(lease)) {",
    to: "if (Option.isSome(lease) && left() < 0) {"
  },
  {
    guarantee: 1,
    name: "a lost lease is of no account",
    file: renewal,
    from: "yield* lease.value.renew.pipe(bounded(Math.min(left(), leaseSlack), storeFailure(\"lease\")))",
    to: "yield* Effect.ignore(lease.value.renew.pipe(bounded(Math.min(left(), leaseSlack), storeFailure(\"lease\"))))"
  },
  {
    guarantee: 1,
    name: "a lease is as short as a request",
    file: renewal,
    from: "duration: Duration.millis(config.requestTimeout + leaseSlack)",
    to: "duration: Duration.millis(config.requestTimeout - leaseSlack)"
  },
  {
    guarantee: 1,
    name: "a renewal of the lease may take its time",
    file: renewal,
    from: "bounded(Math.min(left(), leaseSlack), storeFailure(\"lease\"))",
    to: "bounded(left(), storeFailure(\"lease\"))"
  },
  {
    guarantee: 1,
    name: "a pair is saved without its lease",
    file: renewal,
    from: "store.save(key, record, lease)",
    to: "store.save(key, record, Option.none())"
  },
  {
    guarantee: 1,
    name: "who is fenced off keeps its pair",
    file: renewal,
    from: "adoptStored(config.requestTimeout))",
    to: "Effect.void)"
  },
  {
    guarantee: 1,
    name: "an acquisition is made without the store unasked",
    file: renewal,
    from: "!config.acquireWithoutStore || canServe",
    to: "canServe"
  },
  {
    guarantee: 1,
    name: "a refresh is made without the store",
    file: renewal,
    from: "sendRequests(\"acquire\", Option.none())",
    to: "sendRequests(recovery.firstRequest(current, now()), Option.none())"
  },
  {
    guarantee: 1,
    name: "who has lost the lease goes on alone",
    file: renewal,
    from: "isLeased ? adoptAfterLoss(failure) : acquireAlone(failure)",
    to: "acquireAlone(failure)"
  },
  {
    guarantee: 4,
    name: "the number of the lease is of no account",
    file: renewal,
    from: "onSome: ({ fence }) => fence",
    to: "onSome: () => 0"
  },
  {
    guarantee: 6,
    name: "the store is not looked at under the lease",
    file: renewal,
    from:
      "      return Effect.gen(function*() {\n        if (yield* adoptStored()) {\n          return\n        }\n        const current",
    to: "      return Effect.gen(function*() {\n        const current"
  },
  {
    guarantee: 6,
    name: "a reader waits until the store has the pair",
    file: provider,
    from: "Deferred.await(isReady ? done : tokenReady)",
    to: "Deferred.await(isReady ? done : done)"
  },
  {
    guarantee: 6,
    name: "a pair is saved before anybody is told",
    file: renewal,
    from: "Deferred.succeed(tokenReady, undefined))",
    to: "Effect.void)"
  },
  {
    guarantee: 7,
    name: "who can be served logs in without the store",
    file: renewal,
    from: "!config.acquireWithoutStore || canServe(current) ||",
    to: "!config.acquireWithoutStore ||"
  },
  {
    guarantee: 7,
    name: "a forced refresh that is joined takes what there is",
    file: provider,
    from: "Effect.zipRight(Deferred.await(decision.renewal.done), newerThan(known))",
    to: "Effect.zipRight(Deferred.await(decision.renewal.done), readAgain)"
  },
  {
    guarantee: 6,
    name: "what has arrived can be interrupted",
    file: renewal,
    from: "Effect.matchEffect(then)",
    to: "Effect.matchEffect(then),\n          Effect.interruptible"
  },
  {
    guarantee: 10,
    name: "a lease is not given back",
    file: "internal/polledLease.ts",
    from: "Effect.catchAll(release(key, lease), (failure) => Effect.logDebug(failure.message))",
    to: "Effect.void"
  },
  {
    guarantee: 5,
    name: "a request goes on without its layer",
    file: timeLimit,
    from: "Effect.zipRight(fiber === undefined ? Effect.void : Fiber.interrupt(fiber), Effect.failCause(cause))",
    to: "Effect.failCause(cause)"
  },
  {
    guarantee: 10,
    name: "a request that takes too long is not ended",
    file: timeLimit,
    from: "        runner.fiber.unsafeInterruptAsFork(FiberId.none)\n",
    to: ""
  },
  {
    guarantee: 10,
    name: "only the first of some requests is ended in time",
    file: timeLimit,
    from: "return Effect.zipRight(clock.sleep(Duration.nanos(runner.deadline - now)), watch)",
    to: "return clock.sleep(Duration.nanos(runner.deadline - now))"
  }
]
