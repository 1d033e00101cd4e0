/**
 * Report calls with the access token of an account.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type * as Tracer from "effect/Tracer"
import type { CallError, Endpoint, Method } from "./Endpoint.js"
import { issuePaths } from "./internal/edition/issuePaths.js"
import { toEffect } from "./internal/edition/toEffect.js"
import * as authenticated from "./internal/http/authenticated.js"
import * as Request from "./internal/http/request.js"
import { reveal } from "./internal/redact.js"
import * as retry from "./internal/retry.js"
import * as telemetry from "./internal/telemetry.js"
import * as rejections from "./internal/token/rejections.js"
import { JindouyunConfig, make as defaults } from "./JindouyunConfig.js"
import type * as JindouyunError from "./JindouyunError.js"
import * as RetryBudget from "./RetryBudget.js"
import { type Policy, RetryPolicy } from "./RetryPolicy.js"
import * as ReturnCode from "./ReturnCode.js"
import type { AccessToken } from "./Token.js"
import { TokenProvider } from "./TokenProvider.js"

/**
 * Calls the platform with the token of one account.
 *
 * @since 0.1.0
 * @category tags
 */
export class PlatformClient extends Context.Tag("@jindouyun/core/PlatformClient")<PlatformClient, Service>() {}

/**
 * The operations of the client.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /**
   * Calls an endpoint. Parameters that cannot be encoded as a segment of the path, as JSON or as a query are a defect.
   *
   * A call whose token was rejected is sent once more with a new token, whatever the endpoint: the platform did not act on it.
   * A return code, or HTTP 401 without an envelope, rejects the token. If the new token is rejected too, the call fails with
   * `TokenRejected`, or with `UnexpectedResponse` without an envelope, and for `cooldown` no rejection starts a renewal.
   * Any other transient failure is retried if the endpoint is `idempotent`: within `renewalTimeout`, as `RetryPolicy` and
   * `RetryBudget` allow, and after `Retry-After`. No return code of a report call marks credentials as refused.
   */
  readonly call: <Parameters, Data, Failure, Code extends number>(
    endpoint: Endpoint<Parameters, Data, Failure, Code>
  ) => (parameters: Parameters) => Effect.Effect<Data, CallError<Failure, Code>>
  /**
   * An `HttpClient` that adds the token to your own requests. A relative URL is appended to the base URL. A request to another
   * origin fails with a `RequestError`, also on each hop of a redirect that you follow.
   *
   * A request is sent once more with a new token if the response proves that the token was rejected: by its return code, or
   * by HTTP 401. The return code is read from a response whose content type is JSON, that has at most `maxResponseBytes` and
   * arrives within `requestTimeout`. If the new token is rejected too, or if the body of the request is a stream, the request
   * fails with `TokenRejected`, or with `UnexpectedResponse` if there is no envelope. Any other response passes as it is.
   *
   * Read each response to its end, or wrap the client with `HttpClient.withScope`: the connection of an unread response is
   * released when its scope closes.
   *
   * The client is not traced, because a span of `HttpClient` would contain the token. A client that dies becomes a
   * `RequestError`, because its defect may contain the token.
   */
  readonly httpClient: HttpClient.HttpClient.With<ClientError>
}

type ClientError = HttpClientError.HttpClientError | JindouyunError.TokenError

/**
 * A client over the `TokenProvider` in the context. It reads `RetryPolicy` and `RetryBudget` too, which have defaults.
 *
 * @example
 * ```ts
 * import * as PlatformClient from "@jindouyun/core/PlatformClient"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * // At most four report calls run at once; a fifth call waits.
 * export const limited = Layer.effect(
 *   PlatformClient.PlatformClient,
 *   Effect.gen(function*() {
 *     const client = yield* PlatformClient.make
 *     const permits = yield* Effect.makeSemaphore(4)
 *     const call: PlatformClient.Service["call"] = (endpoint) => (parameters) =>
 *       permits.withPermits(1)(client.call(endpoint)(parameters))
 *     return { ...client, call }
 *   })
 * )
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Service, never, TokenProvider | JindouyunConfig | HttpClient.HttpClient> =
  /*#__PURE__*/ Effect.gen(function*() {
    const config = yield* JindouyunConfig
    const clock = yield* Clock.clockWith(Effect.succeed)
    const provider = yield* TokenProvider
    const self: Client = {
      budget: yield* RetryBudget.sharedOrMake(config.retryBudget),
      clock,
      config,
      policy: yield* RetryPolicy,
      provider,
      rejections: yield* rejections.make(config, clock, provider),
      send: yield* Request.make
    }
    // Programs ask for the call of an endpoint at each call: it is prepared once.
    const prepared = new WeakMap<object, (parameters: never) => Effect.Effect<unknown, unknown>>()
    return {
      httpClient: authenticated.make(yield* HttpClient.HttpClient, config, {
        accessToken: provider.accessToken,
        rejections: self.rejections
      }),
      call: (endpoint) => {
        const call = prepared.get(endpoint) ?? prepare(self, endpoint)
        prepared.set(endpoint, call)
        return call as never
      }
    }
  })

/**
 * A client over the provider in the context; see `make`. `Jindouyun.layer` composes it with a provider.
 *
 * @example
 * ```ts
 * import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
 * import * as JindouyunConfig from "@jindouyun/core/JindouyunConfig"
 * import * as PlatformClient from "@jindouyun/core/PlatformClient"
 * import * as TokenProvider from "@jindouyun/core/TokenProvider"
 * import * as Layer from "effect/Layer"
 * import type * as Redacted from "effect/Redacted"
 *
 * // Report calls of a short script with a token that `jindouyun token` has printed. The script needs no password.
 * export const script = (token: Redacted.Redacted) =>
 *   PlatformClient.layer.pipe(
 *     Layer.provide(TokenProvider.layerStatic(token)),
 *     Layer.provide([JindouyunConfig.layer(), FetchHttpClient.layer])
 *   )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<PlatformClient, never, TokenProvider | JindouyunConfig | HttpClient.HttpClient> = Layer
  .effect(PlatformClient, make)

/**
 * The handler of one endpoint, for `layerTest`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Handler<Path extends string> {
  readonly method: Method
  readonly path: Path
  readonly run: (parameters: never) => Effect.Effect<unknown, unknown>
}

/**
 * Handles the calls of an endpoint in a test. The handler returns the decoded data, or fails with an error that the call can
 * fail with.
 *
 * @since 0.1.0
 * @category testing
 */
export const handle = <Parameters, Data, Failure, Code extends number, Path extends string>(
  { method, path }: Endpoint<Parameters, Data, Failure, Code, Path>,
  run: (parameters: NoInfer<Parameters>) => Effect.Effect<NoInfer<Data>, CallError<NoInfer<Failure>, NoInfer<Code>>>
): Handler<Path> => ({ method, path, run })

/**
 * A client for tests that calls handlers, each under the path of its endpoint. It needs no provider and sends nothing.
 *
 * **Details**
 *
 * Parameters that a real client would refuse are a defect here too. A call without a handler is a defect that names the
 * endpoint and the handlers. If two endpoints of different methods share a path, the value is an array of their handlers.
 *
 * **Gotchas**
 *
 * A handler is called once for each call: nothing is retried or replayed. A request through `httpClient` is a defect; test
 * retries, replays and `httpClient` with the sandbox.
 *
 * @example
 * ```ts
 * import * as Endpoint from "@jindouyun/core/Endpoint"
 * import * as PlatformClient from "@jindouyun/core/PlatformClient"
 * import * as Effect from "effect/Effect"
 * import * as Schema from "effect/Schema"
 *
 * const daily = Endpoint.make({
 *   path: "/api/report/daily",
 *   parameters: Schema.Struct({ day: Schema.String }),
 *   data: Schema.Struct({ visits: Schema.Number })
 * })
 *
 * export const test = Effect.flatMap(PlatformClient.PlatformClient, (client) => client.call(daily)({ day: "2030-01-01" })).pipe(
 *   Effect.provide(
 *     PlatformClient.layerTest({
 *       "/api/report/daily": PlatformClient.handle(daily, ({ day }) => Effect.succeed({ visits: day.length }))
 *     })
 *   )
 * )
 * ```
 *
 * @since 0.1.0
 * @category testing
 */
export const layerTest = <Path extends string>(
  handlers: { readonly [Key in Path]: Handler<Key> | ReadonlyArray<Handler<Key>> }
): Layer.Layer<PlatformClient> => {
  const byName = new Map<string, Handler<string>>()
  for (const [path, given] of Object.entries<Handler<string> | ReadonlyArray<Handler<string>>>(handlers)) {
    for (const handler of [given].flat()) {
      if (handler.path !== path) {
        throw new TypeError(`PlatformClient.layerTest: ${path} has the handler of ${nameOf(handler)}`)
      }
      if (byName.has(nameOf(handler))) {
        throw new TypeError(`PlatformClient.layerTest: ${nameOf(handler)} has two handlers`)
      }
      byName.set(nameOf(handler), handler)
    }
  }
  const refuse = (problem: string) => Effect.die(new TypeError(`PlatformClient.layerTest: ${problem}`))
  const declared = byName.size === 0 ? "there are none" : `there are ${[...byName.keys()].join(", ")}`
  return Layer.effect(
    PlatformClient,
    Effect.map(Effect.orDie(toEffect(defaults())), (config) => ({
      call: <Parameters, Data, Failure, Code extends number>(
        endpoint: Endpoint<Parameters, Data, Failure, Code>
      ) => {
        type Run = (parameters: Parameters) => Effect.Effect<Data, CallError<Failure, Code>>
        const run = byName.get(nameOf(endpoint))?.run as Run | undefined
        const write = writer(config, endpoint)
        return run === undefined
          ? () => refuse(`${nameOf(endpoint)} has no handler; ${declared}`)
          : (parameters: Parameters) => Effect.zipRight(write(parameters), Effect.suspend(() => run(parameters)))
      },
      httpClient: HttpClient.makeWith<ClientError, never, ClientError, never>(
        Effect.flatMap(({ method }) =>
          refuse(
            `a ${method} request through httpClient is not sent; use Sandbox.layerHttpClient of @jindouyun/sandbox`
          )
        ),
        Effect.succeed
      )
    }))
  )
}

const nameOf = ({ method, path }: Pick<Endpoint<never, unknown>, "method" | "path">): string => `${method} ${path}`

interface Client {
  readonly budget: RetryBudget.Service
  readonly clock: Clock.Clock
  readonly config: JindouyunConfig["Type"]
  readonly policy: Policy
  readonly provider: TokenProvider["Type"]
  readonly rejections: rejections.Tracker
  readonly send: Request.Send
}

const prepare = <Parameters, Data, Failure, Code extends number>(
  self: Client,
  endpoint: Endpoint<Parameters, Data, Failure, Code>
): (parameters: Parameters) => Effect.Effect<Data, CallError<Failure, Code>> => {
  const write = writer(self.config, endpoint)
  const request = self.send(endpoint)
  const nameOf = (failure: JindouyunError.TokenError): string => {
    const own: unknown = translate(endpoint, failure)
    return Predicate.hasProperty(own, "_tag") ? String(own._tag) : failure._tag
  }
  const counted = telemetry.call({ endpoint: endpoint.path }, nameOf)
  const { account } = self.provider
  const traced = telemetry.span("PlatformClient.call", endpoint.method, endpoint.path, nameOf, account)
  const sent = (written: authenticated.Written, span: Tracer.Span) => (token: AccessToken) =>
    Option.match(reveal(token.value), {
      onNone: () => Request.withoutSecret(endpoint.path, "access token", token.value),
      onSome: (text) =>
        request({
          content: () => authenticated.carry(self.config, text, written),
          secrets: [token.value],
          span
        })
    })
  return (parameters) =>
    Effect.mapError(
      traced((span) =>
        counted(
          Effect.flatMap(write(parameters), (written) => transmit(self, endpoint, span, sent(written, span)))
        )
      ),
      (failure) => translate(endpoint, failure)
    )
}

/** Writes the parameters of an endpoint. Parameters that cannot be written are a defect. */
const writer = <Parameters>(
  config: JindouyunConfig["Type"],
  endpoint: Pick<Endpoint<Parameters, unknown>, "headers" | "method" | "parameters" | "path">
) => {
  const encode = Schema.encodeUnknownEither(endpoint.parameters)
  const write = authenticated.write(config, endpoint)
  return (parameters: unknown): Effect.Effect<authenticated.Written> =>
    Effect.suspend(() =>
      encode(parameters).pipe(
        Either.mapLeft((error) => `parameters: ${issuePaths(error)}`),
        Either.flatMap(write),
        Either.match({
          onLeft: (problem) => Effect.die(new TypeError(`Endpoint ${endpoint.path}: ${problem}`)),
          onRight: Effect.succeed
        })
      )
    )
}

/** Sends a call until it succeeds or a failure is final. A call whose token was rejected is sent once more. */
const transmit = <Data>(
  self: Client,
  endpoint: AnyEndpoint,
  span: Tracer.Span,
  request: (token: AccessToken) => Effect.Effect<Request.Answer<Data>, JindouyunError.TokenRequestError>
): Effect.Effect<Data, JindouyunError.TokenError> =>
  Effect.gen(function*() {
    const { budget, clock, config, policy, provider, rejections } = self
    const monotonic = () => Number(clock.unsafeCurrentTimeNanos()) / 1e6
    const deadline = monotonic() + config.renewalTimeout
    const nextDelay = retry.make(policy, budget, () => clock.unsafeCurrentTimeMillis())
    let attempts = 0
    let isReplay = false
    while (true) {
      const token = yield* provider.accessToken
      telemetry.attempted(span, { number: attempts + 1, generation: token.generation, isReplay })
      const outcome = yield* Effect.either(request(token))
      attempts += 1
      if (Either.isRight(outcome)) {
        yield* rejections.accepted(token)
        yield* budget.reward
        telemetry.answered(span, outcome.right)
        return outcome.right.data
      }
      const failure = retry.amend(outcome.left, { attempts, ...rejectionOf(outcome.left) })
      const disposition = dispositionOf(endpoint, failure, config.returnCodes)
      if (disposition === "reauthenticate" && (yield* rejections.mayReplay({ token, isReplay }))) {
        isReplay = true
        continue
      }
      if (disposition !== "reauthenticate" && "code" in failure && endpoint.errors.has(failure.code)) {
        yield* rejections.accepted(token)
      }
      const mayRetry = disposition === "retry" && endpoint.idempotent
        && attempts - (isReplay ? 1 : 0) < retry.attemptLimit(policy, config.maxAttempts)
      const isInTime = (delay: number) => monotonic() + delay < deadline
      const delay = mayRetry
        ? yield* Effect.withParentSpan(nextDelay(failure, Math.max(0, deadline - monotonic()), isInTime), span)
        : Option.none()
      if (Option.isNone(delay)) {
        return yield* Effect.fail(failure)
      }
      yield* Effect.sleep(delay.value)
    }
  })

type AnyEndpoint = Pick<Endpoint<never, unknown, unknown, number>, "errors" | "idempotent">

/** HTTP 401 without an envelope is about the token, because a report call carries no other credentials. */
const rejectionOf = (
  failure: JindouyunError.TokenRequestError
): { readonly disposition?: "reauthenticate" } =>
  failure._tag === "UnexpectedResponse" && failure.reason === "status" && failure.status === 401
    ? { disposition: "reauthenticate" }
    : {}

const dispositionOf = (
  { errors }: AnyEndpoint,
  failure: JindouyunError.TokenRequestError,
  dispositions: ReturnCode.Dispositions
): ReturnCode.FailureDisposition => {
  const own = "code" in failure && !(failure.code in dispositions) ? refusalOf(errors, failure) : undefined
  if (own === undefined) {
    return failure.disposition
  }
  return Predicate.hasProperty(own, "disposition") && Schema.is(ReturnCode.FailureDisposition)(own.disposition)
    ? own.disposition
    : isStandard(failure)
    ? failure.disposition
    : "fatal"
}

// A class of another name for a standard code changes nothing else: the token is renewed after 40003.
const isStandard = (failure: JindouyunError.TokenRequestError): boolean =>
  "code" in failure && ReturnCode.lookup(failure.code) !== undefined

// A code has one class during a call, also if a token request answered it.
const translate = <Parameters, Data, Failure, Code extends number>(
  { errors }: Endpoint<Parameters, Data, Failure, Code>,
  failure: JindouyunError.TokenError
): CallError<Failure, Code> =>
  ("code" in failure ? refusalOf(errors, failure) ?? failure : failure) as CallError<Failure, Code>

const refusalOf = <Failure>(
  errors: Endpoint<never, unknown, Failure, number>["errors"],
  { code, endpoint, returnMessage }: JindouyunError.ReturnCodeError
): Failure | undefined => {
  const Class = errors.get(code)
  return Class && new Class({ code, returnMessage, endpoint })
}
