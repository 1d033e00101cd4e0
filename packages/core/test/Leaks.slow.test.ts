import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as UrlParams from "@effect/platform/UrlParams"
import { assert, describe, it } from "@effect/vitest"
import * as Fault from "@jindouyun/sandbox/Fault"
import * as Report from "@jindouyun/sandbox/Report"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as SandboxServer from "@jindouyun/sandbox/SandboxServer"
import * as Cause from "effect/Cause"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Accounts from "../src/Accounts.js"
import * as Credentials from "../src/Credentials.js"
import * as Endpoint from "../src/Endpoint.js"
import * as Jindouyun from "../src/Jindouyun.js"
import * as JindouyunConfig from "../src/JindouyunConfig.js"
import { StoreFailure } from "../src/JindouyunError.js"
import * as PlatformClient from "../src/PlatformClient.js"
import { RefreshToken } from "../src/Token.js"
import * as TokenProvider from "../src/TokenProvider.js"
import * as TokenStore from "../src/TokenStore.js"
import * as recorder from "./edition/recorder.js"
import { type Canaries, colourful, formsOf, plain, search, spellings } from "./leaks/canaries.js"
import { hitsOf, impatient, oracle, type Stage } from "./leaks/stage.js"
import * as wire from "./leaks/wire.js"
import { faults, HastyClock } from "./leaks/world.js"
import { withEnvironment } from "./utils.js"

class QuotaExceeded extends Data.TaggedError("QuotaExceeded")<Endpoint.Refusal> {}
class TryLater extends Data.TaggedError("TryLater")<Endpoint.Refusal> {
  readonly disposition = "retry"
}

class VaultSealed extends Data.TaggedError("VaultSealed")<{ readonly password: string; readonly message: string }> {}

const parameters = Schema.Struct({ top: Schema.Int })
const data = Schema.Struct({ parameters: Schema.Unknown })
const errors = { 41001: QuotaExceeded, 51001: TryLater }

const endpoints = {
  patient: Endpoint.make({ path: Report.echoPath, parameters, data, errors, idempotent: true }),
  once: Endpoint.make({ path: Report.echoPath, parameters, data, errors }),
  lookup: Endpoint.make({ method: "GET", path: Report.echoPath, parameters, data, errors })
}

const clients = { fetch: FetchHttpClient.layer, node: NodeHttpClient.layer, undici: NodeHttpClient.layerUndici }

const placements = ["header", "query"] as const

const noHits = (hits: ReadonlyArray<string>) => assert.deepStrictEqual(hits.slice(0, 10), [])

/** Everything that a platform refuses by itself. */
const refusals = ({ api, canaries, client, plant, provider, sandbox, observer }: Stage) =>
  Effect.gen(function*() {
    const wrong = colourful.password()
    const unknown = colourful.token()
    canaries.set("wrong password", wrong).set("unknown refreshToken", unknown)
    const account = { username: "user1", password: Redacted.make(wrong) }
    yield* observer("TokenApi.acquire", api.acquire(account))
    yield* observer("TokenApi.refresh", api.refresh(new RefreshToken({ value: Redacted.make(unknown) })))
    yield* plant("acquire")
    yield* observer("accessToken", provider.accessToken)
    yield* sandbox.revoke("accessTokens")
    for (const [name, endpoint] of Object.entries(endpoints)) {
      yield* observer(name, client.call(endpoint)({ top: 3 }))
      yield* sandbox.revoke("allTokens")
    }
    yield* observer("httpClient", client.httpClient.get(Report.echoPath))
    yield* observer("filterStatusOk", HttpClient.filterStatusOk(client.httpClient).get(Report.echoPath))
    yield* observer("refresh", provider.refresh)
    yield* sandbox.revoke("allTokens")
    yield* sandbox.configure({ password: "another" })
    yield* observer("credentialsRefused", provider.refresh)
    yield* provider.reset
    yield* observer("credentialsRefused", provider.accessToken)
    yield* observer("credentialsRefused", client.call(endpoints.patient)({ top: 3 }))
    yield* observer("credentialsRefused", client.httpClient.get(Report.echoPath))
    yield* observer("elsewhere", client.httpClient.get("https://elsewhere.example/"))
  })

/** Everything that goes wrong below HTTP. */
const damages = ({ client, plant, provider, sandbox, observer }: Stage) =>
  Effect.gen(function*() {
    const elsewhere = Fault.redirect(307, "https://elsewhere.example/")
    for (const fault of [Fault.resetAfterActing, Fault.truncate(40), Fault.slowBody, elsewhere]) {
      yield* sandbox.inject("acquire", fault)
      yield* plant("acquire")
      yield* provider.reset
      yield* observer(`${fault._tag}: accessToken`, provider.accessToken)
      yield* sandbox.inject("refresh", fault)
      yield* observer(`${fault._tag}: refresh`, provider.refresh)
      yield* sandbox.inject("report", fault, fault)
      yield* observer(`${fault._tag}: call`, client.call(endpoints.once)({ top: 3 }))
      const response = yield* observer(`${fault._tag}: httpClient`, client.httpClient.get(Report.echoPath))
      if (Exit.isSuccess(response)) {
        yield* observer("body", Effect.asVoid(Effect.timeout(response.value.json, 100)))
      }
    }
  })

const patience = { timeout: 90_000 }

describe("guarantee 14: no secret is in any rendering", patience, () => {
  it.live("whatever goes wrong with an acquisition", () =>
    Effect.gen(function*() {
      noHits(
        yield* hitsOf({}, ({ api, password, plant, provider, sandbox, observer }) =>
          Effect.forEach(faults, ([name, fault]) =>
            Effect.gen(function*() {
              yield* sandbox.inject("acquire", fault)
              yield* plant("acquire")
              yield* observer(`${name}: accessToken`, provider.accessToken)
              yield* observer(`${name}: again`, provider.accessToken)
              yield* observer(`${name}: status`, provider.status)
              yield* observer(`${name}: changes`, Stream.runHead(provider.changes))
              yield* observer(`${name}: reset`, provider.reset)
              yield* observer(`${name}: in the end`, provider.accessToken)
              yield* provider.reset
              yield* sandbox.inject("acquire", fault)
              const account = { username: "user1", password: Redacted.make(password) }
              yield* observer(`${name}: TokenApi.acquire`, api.acquire(account))
            })))
      )
    }))

  it.live("whatever goes wrong with a refresh", () =>
    Effect.gen(function*() {
      noHits(
        yield* hitsOf({}, ({ api, plant, provider, sandbox, observer }) =>
          Effect.forEach(faults, ([name, fault]) =>
            Effect.gen(function*() {
              yield* provider.reset
              const { refreshToken } = yield* plant("acquire")
              const token = yield* provider.accessToken
              yield* sandbox.inject("refresh", fault, fault)
              yield* observer(`${name}: refresh`, provider.refresh)
              yield* observer(`${name}: invalidate`, provider.invalidate(token))
              yield* observer(`${name}: accessToken`, provider.accessToken)
              const refresh = api.refresh(new RefreshToken({ value: Redacted.make(refreshToken) }))
              yield* observer(`${name}: TokenApi.refresh`, refresh)
              yield* plant("refresh")
              yield* observer(`${name}: TokenApi.refresh again`, refresh)
            })))
      )
    }))

  for (const tokenPlacement of placements) {
    const setting = { settings: { tokenPlacement }, sandbox: { tokenPlacement } }

    it.live(`whatever goes wrong with a call that carries its token in the ${tokenPlacement}`, () =>
      Effect.gen(function*() {
        noHits(
          yield* hitsOf(setting, ({ client, plant, provider, sandbox, observer }) =>
            Effect.gen(function*() {
              yield* plant("acquire")
              yield* provider.accessToken
              for (const [name, fault] of faults) {
                for (const [kind, endpoint] of Object.entries(endpoints)) {
                  yield* sandbox.inject("report", fault)
                  yield* observer(`${name}: ${kind}`, client.call(endpoint)({ top: 3 }))
                }
              }
            }))
        )
      }))

    it.live(`whatever goes wrong with a request of one's own, the token in the ${tokenPlacement}`, () =>
      Effect.gen(function*() {
        noHits(
          yield* hitsOf(
            setting,
            ({ client: { httpClient }, plant, provider, sandbox, show, observer }) =>
              Effect.gen(function*() {
                yield* plant("acquire")
                yield* provider.accessToken
                const get = HttpClientRequest.get(`${Report.echoPath}?top=3`)
                const post = HttpClientRequest.post(Report.echoPath).pipe(HttpClientRequest.bodyUnsafeJson({ top: 3 }))
                const tries = {
                  get: httpClient.execute(get),
                  post: httpClient.execute(post),
                  filterStatusOk: HttpClient.filterStatusOk(httpClient).execute(post),
                  followRedirects: HttpClient.followRedirects(httpClient).execute(get)
                }
                for (const [name, fault] of faults) {
                  for (const [kind, execute] of Object.entries(tries)) {
                    yield* sandbox.inject("report", fault)
                    const response = yield* observer(`${name}: ${kind}`, execute)
                    if (Exit.isSuccess(response)) {
                      // What the platform says is the consumer's here; how reading it failed is ours.
                      const { json, stream } = response.value
                      for (const body of [json, Stream.runDrain(stream)]) {
                        yield* observer(`${name}: body`, Effect.asVoid(Effect.timeout(body, "5 seconds")))
                      }
                      show(`${name}: response that was read`, response.value)
                    }
                  }
                }
              })
          )
        )
      }))
  }

  it.live("when the platform itself refuses, and repeats what it was sent", () =>
    Effect.gen(function*() {
      const behaviours: ReadonlyArray<Sandbox.Options> = [
        { failureStatus: 401 },
        { tokenPlacement: "query" },
        { refreshTokenField: "refresh_token" },
        { earlyRefresh: "refused", codeType: "number" },
        { username: "somebody else" }
      ]
      for (const sandbox of behaviours) {
        const settings = sandbox.tokenPlacement === undefined ? {} : { tokenPlacement: sandbox.tokenPlacement }
        noHits(yield* hitsOf({ settings, sandbox }, refusals))
      }
      noHits(yield* hitsOf({ plumage: plain }, refusals))
    }))

  it.live("when a secret comes back in the message, in any form in which a server may echo it", () =>
    Effect.gen(function*() {
      const echoed = [
        "plain",
        "JSON",
        "URL",
        "URL, lower case",
        "form",
        "HTML",
        "base64, shifted by 0",
        "base64url, shifted by 0"
      ]
      const message = (secret: string) => {
        const forms = {
          ...spellings(secret),
          "base64, shifted by 0": Buffer.from(secret).toString("base64"),
          "base64url, shifted by 0": Buffer.from(secret).toString("base64url")
        } as Record<string, string>
        return echoed.map((form) =>
          Fault.refuse({ code: 40001, message: `${".".repeat(190)}${forms[form]}|${forms[form]}` })
        )
      }
      noHits(
        yield* hitsOf({}, ({ client, password, plant, provider, sandbox, observer }) =>
          Effect.gen(function*() {
            for (const fault of message(password)) {
              yield* sandbox.inject("acquire", fault)
              yield* observer("acquire", provider.accessToken)
              yield* provider.reset
            }
            const { accessToken, refreshToken } = yield* plant("acquire")
            yield* provider.accessToken
            for (const fault of [...message(refreshToken), ...message(accessToken)]) {
              yield* sandbox.inject("refresh", fault)
              yield* observer("refresh", provider.refresh)
            }
            for (const fault of message(accessToken)) {
              yield* sandbox.inject("report", fault)
              yield* observer("call", client.call(endpoints.patient)({ top: 3 }))
            }
          }))
      )
    }))

  for (const tokenPlacement of placements) {
    it.live(`when a secret comes back in a header of the answer, the token in the ${tokenPlacement}`, () =>
      Effect.gen(function*() {
        noHits(
          yield* hitsOf(
            { settings: { tokenPlacement }, sandbox: { tokenPlacement } },
            (stage) =>
              Effect.gen(function*() {
                const { client, plant, provider, sandbox, observer } = stage
                const { accessToken } = yield* plant("acquire")
                yield* provider.accessToken
                const location = `${Report.echoPath}?${new URLSearchParams({ again: "1", accessToken })}`
                const repeating = [
                  Fault.redirect(307, location),
                  Fault.rawBody("{}", {
                    status: 400,
                    headers: { "set-cookie": `token=${accessToken}`, "x-you-sent": accessToken }
                  })
                ]
                for (const fault of repeating) {
                  yield* sandbox.inject("report", fault)
                  yield* observer("call", client.call(endpoints.lookup)({ top: 3 }))
                  for (
                    const own of [
                      client.httpClient,
                      HttpClient.filterStatusOk(client.httpClient),
                      HttpClient.followRedirects(client.httpClient)
                    ]
                  ) {
                    yield* sandbox.inject("report", fault)
                    yield* observer("httpClient", own.get(`https://jdy.cigdata.cn${Report.echoPath}`))
                  }
                }
              })
          )
        )
      }))
  }

  it.live("when a token that no header can hold makes the client refuse it", () =>
    Effect.gen(function*() {
      for (const layer of Object.values(clients)) {
        const [before, after] = [colourful.token(), colourful.token()]
        const canaries: Canaries = new Map([["token before its newline", before], ["token after it", after]])
        const recording: recorder.Recording = new Map()
        yield* Effect.gen(function*() {
          const client = yield* PlatformClient.make
          yield* recorder.observer(recording, "call", client.call(endpoints.patient)({ top: 3 }))
          yield* recorder.observer(recording, "httpClient", client.httpClient.get("/api/report/echo"))
        }).pipe(
          Effect.provide(TokenProvider.layerStatic(Redacted.make(`${before}\n${after}`))),
          Effect.provide(JindouyunConfig.layer({ baseUrl: "http://127.0.0.1:9", ...impatient })),
          Effect.provide(layer),
          Effect.provide(recorder.layer(recording))
        )
        noHits(oracle(recording, canaries))
      }
    }))

  it.live("when the consumer's client has fibers of its own, which end in its failures", () =>
    Effect.gen(function*() {
      const timed = (client: HttpClient.HttpClient) =>
        HttpClient.transform(client, (response, request) =>
          Effect.timeoutFail(response, {
            duration: "1 hour",
            onTimeout: () => new HttpClientError.RequestError({ request, reason: "Transport" })
          }))
      const platform = (options: Sandbox.Options) =>
        Layer.map(Sandbox.layerHttpClient(options), (context) =>
          Context.add(context, HttpClient.HttpClient, timed(Context.get(context, HttpClient.HttpClient))))
      for (const tokenPlacement of placements) {
        const setting = {
          platform,
          settings: { tokenPlacement, minRequestInterval: 1, requestTimeout: 200, renewalTimeout: 600, cooldown: 1 },
          sandbox: { tokenPlacement }
        }
        noHits(
          yield* hitsOf(setting, (stage) =>
            Effect.zipRight(refusals(stage), damages(stage)))
        )
      }
    }))

  const shown = (request: HttpClientRequest.HttpClientRequest) => ({
    url: `${request.url}?${UrlParams.toString(request.urlParams)}`,
    headers: { ...request.headers },
    body: request.body
  })
  const traced = {
    "is always traced": HttpClient.withTracerDisabledWhen(() => false),
    "sends its trace along": HttpClient.withTracerPropagation(true),
    "turns tracing on": HttpClient.transformResponse(Effect.withTracerEnabled(true)),
    "has a span of its own": HttpClient.transform((response, request) =>
      Effect.withSpan(response, "theirs", { attributes: shown(request) })
    ),
    "annotates the span of its caller": HttpClient.tapRequest((request) => Effect.annotateCurrentSpan(shown(request))),
    "adds an event to the span of its caller": HttpClient.mapRequestEffect((request) =>
      Effect.currentSpan.pipe(
        Effect.map((span) => span.event("sent", 0n, shown(request))),
        Effect.ignore,
        Effect.as(request)
      )
    )
  } satisfies { readonly [what: string]: (client: HttpClient.HttpClient) => HttpClient.HttpClient }
  const wrappers = {
    ...traced,
    "does all of this": (client: HttpClient.HttpClient) =>
      Object.values(traced).reduce((inner, wrap) => wrap(inner), client),
    "does all of this in the other order": (client: HttpClient.HttpClient) =>
      Object.values(traced).reduceRight((inner, wrap) => wrap(inner), client)
  }
  for (const [what, wrap] of Object.entries(wrappers)) {
    it.live(`when the consumer's client ${what}`, () =>
      Effect.gen(function*() {
        for (const tokenPlacement of placements) {
          const setting = {
            platform: (options: Sandbox.Options) =>
              Layer.map(Sandbox.layerHttpClient(options), (context) =>
                Context.add(context, HttpClient.HttpClient, wrap(Context.get(context, HttpClient.HttpClient)))),
            settings: { tokenPlacement, minRequestInterval: 1 },
            sandbox: { tokenPlacement }
          }
          noHits(
            yield* hitsOf(setting, (stage) =>
              Effect.gen(function*() {
                const { client, plant, provider, recording, sandbox, observer } = stage
                yield* plant("acquire")
                yield* observer("call", client.call(endpoints.patient)({ top: 3 }))
                yield* observer("lookup", client.call(endpoints.lookup)({ top: 3 }))
                yield* observer("httpClient", Effect.withSpan(client.httpClient.get(Report.echoPath), "caller"))
                yield* observer("refresh", provider.refresh)
                yield* sandbox.revoke("allTokens")
                yield* observer("call again", client.call(endpoints.once)({ top: 3 }))
                // Our own spans are recorded all the same.
                const channels = new Set(recording.values())
                for (const name of ["TokenApi.acquire", "TokenApi.refresh", "PlatformClient.call", "caller"]) {
                  assert.isTrue(channels.has(`span ${name}, exported`), `${name}: ${[...channels].join()}`)
                }
                assert.isFalse([...channels].some((channel) =>
                  /span (theirs|http\.client)/.test(channel)
                ))
              }))
          )
        }
      }))
  }

  it.live("while a token is kept fresh, in whatever goes wrong with that", () =>
    Effect.gen(function*() {
      noHits(
        yield* hitsOf({}, ({ plant, provider, sandbox, observer }) =>
          Effect.gen(function*() {
            const settings = JindouyunConfig.layer(impatient)
            const keeping = TokenProvider.layerKeepFresh.pipe(
              Layer.provide(Layer.merge(Layer.succeed(TokenProvider.TokenProvider, provider), settings))
            )
            yield* plant("acquire")
            yield* plant("refresh")
            yield* sandbox.inject("refresh", Fault.html502, Fault.resetAfterActing, Fault.returnCode(50000))
            yield* observer("kept fresh", Effect.provide(Effect.sleep("3 days"), keeping))
            yield* sandbox.configure({ password: "another" })
            yield* sandbox.revoke("allTokens")
            yield* observer("kept fresh in vain", Effect.provide(Effect.sleep("40 days"), keeping))
            assert.isAbove((yield* sandbox.requests).refresh, 3)
          }))
      )
    }))

  it.live("of many accounts, each with a password of its own", () =>
    Effect.gen(function*() {
      noHits(
        yield* hitsOf({}, ({ canaries, password, plant, recording, sandbox, show, observer }) =>
          Effect.gen(function*() {
            yield* plant("acquire")
            const other = colourful.password()
            canaries.set("password of another account", other)
            const accounts = yield* Accounts.make((account) =>
              account === "broken"
                ? Effect.fail(new VaultSealed({ password, message: `cannot give ${password}` }))
                : Effect.succeed({ username: "user1", password: Redacted.make(account === "one" ? password : other) })
            )
            for (const account of ["one", "other", "broken"]) {
              const [provider, client] = [accounts.get(account), accounts.client(account)]
              const token = yield* observer(`${account}: accessToken`, provider.accessToken)
              yield* observer(`${account}: call`, client.call(endpoints.patient)({ top: 3 }))
              yield* sandbox.revoke("accessTokens")
              yield* observer(`${account}: call again`, client.call(endpoints.once)({ top: 3 }))
              yield* observer(`${account}: httpClient`, client.httpClient.get(Report.echoPath))
              yield* observer(`${account}: refresh`, provider.refresh)
              yield* Exit.isSuccess(token) ? provider.invalidate(token.value) : Effect.void
              yield* observer(`${account}: status`, provider.status)
              yield* observer(`${account}: changes`, Stream.runHead(provider.changes))
              show("account", [provider, client])
            }
            show("accounts", accounts)
            yield* recorder.metrics(recording)
          }).pipe(
            Effect.scoped,
            Effect.provide(JindouyunConfig.layer(impatient)),
            Effect.provide(Sandbox.layerHttpClient({ password, echo: true }))
          ))
      )
    }))

  it.live("when the store of the pair fails, whatever it fails with", () =>
    Effect.gen(function*() {
      const steps = ["load", "save", "clear", "lease"] as const
      const misbehave = (record: unknown, secret: string) => [
        Effect.die(new Error(`${secret} in ${JSON.stringify(record)}`)),
        Effect.die(secret),
        Effect.fail(new StoreFailure({ operation: "save", detail: "no connection" })),
        Effect.never
      ]
      for (const step of steps) {
        for (const nth of [0, 1, 2, 3]) {
          const canaries: Canaries = new Map([["password", colourful.password()]])
          const recording: recorder.Recording = new Map()
          const password = Redacted.make(canaries.get("password") ?? "")
          const store = yield* TokenStore.makeMemory
          let broken = false
          const secrets = () => [...canaries.values()].join()
          const failing: TokenStore.Service = {
            ...store,
            [step]: (...args: [never, never, never]) => broken ? misbehave(args, secrets())[nth] : store[step](...args)
          }
          yield* Effect.gen(function*() {
            const provider = yield* TokenProvider.TokenProvider
            const first = yield* provider.accessToken
            canaries.set("accessToken", Redacted.value(first.value))
            broken = true
            yield* recorder.observer(recording, "refresh", provider.refresh)
            yield* recorder.observer(recording, "invalidate", provider.invalidate(first))
            yield* recorder.observer(recording, "accessToken", provider.accessToken)
            yield* recorder.observer(recording, "reset", provider.reset)
            yield* recorder.observer(recording, "status", provider.status)
            recorder.show(recording, "store", store)
            for (const account of ["user1", "user2"]) {
              recorder.show(recording, "record", yield* store.load(account))
            }
          }).pipe(
            Effect.provide(Layer.fresh(Jindouyun.layer({ username: "user1", password, ...impatient }))),
            Effect.provideService(TokenStore.TokenStore, failing),
            Effect.provide(Sandbox.layerHttpClient({ password: Redacted.value(password), echo: true })),
            Effect.provide(recorder.layer(recording)),
            Effect.withClock(new HastyClock())
          )
          noHits(oracle(recording, canaries))
        }
      }
    }))

  it.live("when two processes share a store: its records, a lease that is not free, and refused credentials", () =>
    Effect.gen(function*() {
      const store = yield* TokenStore.makeMemory
      const records: Array<unknown> = []
      const watched: TokenStore.Service = {
        ...store,
        save: (key, record, lease) => {
          records.push(record)
          return store.save(key, record, lease)
        }
      }
      const scene = ({ plant, provider, recording, sandbox, show, observer }: Stage) =>
        Effect.gen(function*() {
          yield* plant("acquire")
          yield* observer("accessToken", provider.accessToken)
          yield* observer("refresh", provider.refresh)
          yield* sandbox.configure({ password: "another" })
          yield* sandbox.revoke("allTokens")
          yield* observer("credentialsRefused", provider.refresh)
          yield* provider.reset
          yield* observer("credentialsRefused", provider.accessToken)
          show("records", records)
          yield* recorder.metrics(recording)
        })
      noHits(yield* hitsOf({ store: watched }, scene))
      assert.isNotEmpty(records)
      const busy: TokenStore.Service = {
        ...store,
        lease: () => Effect.succeedNone
      }
      noHits(yield* hitsOf({ store: busy }, ({ provider, observer }) => observer("lease", provider.accessToken)))
    }))

  it.live("when the credentials cannot be read, whatever it fails with", () =>
    Effect.gen(function*() {
      const password = colourful.password()
      const canaries: Canaries = new Map([["password", password]])
      const recording: recorder.Recording = new Map()
      const failures: ReadonlyArray<Effect.Effect<never, unknown>> = [
        Effect.fail(new VaultSealed({ password, message: `cannot give ${password}` })),
        Effect.fail<unknown>(new Error(password, { cause: new Error(password) })),
        Effect.fail(password),
        Effect.fail({ password }),
        Effect.die(new Error(password)),
        Effect.die({ password }),
        Effect.failCause(Cause.parallel(Cause.fail(password), Cause.die(password)))
      ]
      for (const failure of failures) {
        yield* Effect.gen(function*() {
          const provider = yield* TokenProvider.TokenProvider
          yield* recorder.observer(recording, "accessToken", provider.accessToken)
          yield* recorder.observer(recording, "refresh", provider.refresh)
          yield* recorder.observer(recording, "status", provider.status)
        }).pipe(
          Effect.provide(Jindouyun.layerCredentials(failure, impatient)),
          Effect.provide(Sandbox.layerHttpClient()),
          Effect.provide(recorder.layer(recording)),
          Effect.withClock(new HastyClock())
        )
      }
      assert.isAbove(recording.size, 50)
      noHits(oracle(recording, canaries))
    }))

  it.scopedLive("when a setting cannot be, and a secret stands where another value belongs", () =>
    Effect.gen(function*() {
      const password = colourful.password()
      const canaries: Canaries = new Map([["password", password]])
      const recording: recorder.Recording = new Map()
      const variables = Object.values(JindouyunConfig.settings).map(({ variable }) => variable)
      const url = `https://user1:${encodeURIComponent(password)}@platform.example/`
      const observer = <A, E>(name: string, layer: Layer.Layer<A, E>) =>
        recorder.observer(recording, name, Effect.asVoid(Effect.scoped(Layer.build(Layer.fresh(layer)))))
      yield* Effect.gen(function*() {
        for (const value of [password, url, `${password}=retry`, `41001=${password}`]) {
          for (const option of Object.keys(JindouyunConfig.settings)) {
            yield* observer(option, JindouyunConfig.layer({ [option]: value } as JindouyunConfig.Options))
          }
          for (const variable of variables) {
            yield* withEnvironment({ [variable]: value })
            yield* observer(variable, JindouyunConfig.layerFromEnv())
          }
          const provider = ConfigProvider.fromMap(new Map([["given", value]]))
          const given = {
            baseUrl: Config.string("given"),
            expiryMargin: Config.duration("given"),
            maxAttempts: Config.integer("given")
          }
          for (const [option, config] of Object.entries(given)) {
            yield* observer(
              option,
              Layer.provide(JindouyunConfig.layerConfig({ [option]: config }), Layer.setConfigProvider(provider))
            )
          }
        }
        for (
          const account of [
            { username: "", password: Redacted.make(password) },
            { username: "user1", password: Redacted.make("") }
          ]
        ) {
          yield* observer("credentials", Credentials.layer(account))
        }
        yield* withEnvironment({ JINDOUYUN_PASSWORD: password })
        yield* observer("environment", Credentials.layerFromEnv)
        const right = Credentials.layer({ username: "user1", password: Redacted.make(password) })
        recorder.show(recording, "credentials", yield* Layer.build(right))
      }).pipe(Effect.provide(recorder.layer(recording)))
      assert.isAbove(recording.size, 300)
      noHits(oracle(recording, canaries))
    }))

  it.live("in the services, the metrics, the journal of the sandbox and its OpenAPI document", () =>
    Effect.gen(function*() {
      noHits(
        yield* hitsOf({}, (stage) =>
          Effect.gen(function*() {
            const { api, client, password, plant, provider, recording, sandbox, show, observer } = stage
            const { accessToken, refreshToken } = yield* plant("acquire")
            yield* provider.accessToken
            yield* refusals(stage)
            const inPath = client.httpClient.get(
              `/${accessToken}/${encodeURIComponent(refreshToken)}?${encodeURIComponent(password)}`
            )
            yield* Effect.exit(inPath)
            yield* observer("journal", sandbox.journal)
            yield* recorder.metrics(recording)
            for (const [name, value] of Object.entries({ api, client, provider, sandbox })) {
              show(name, value)
            }
          }))
      )
    }))

  it.live("on a real socket, with the clients of fetch, node and undici", () =>
    Effect.gen(function*() {
      const scenes = Object.values(clients).flatMap((client) =>
        placements.map((tokenPlacement) => {
          let url: string | undefined
          const setting = {
            baseUrl: () => url,
            platform: (options: Sandbox.Options) =>
              SandboxServer.layer(options).pipe(
                Layer.tap((context) =>
                  Effect.sync(() => {
                    url = Context.get(context, SandboxServer.SandboxServer).url
                  })
                ),
                Layer.merge(client),
                Layer.orDie
              ),
            settings: { tokenPlacement, minRequestInterval: 1, requestTimeout: 200, renewalTimeout: 600, cooldown: 1 },
            sandbox: { tokenPlacement, failureStatus: 400 }
          }
          return hitsOf(setting, (stage) => Effect.zipRight(refusals(stage), damages(stage)))
        })
      )
      noHits((yield* Effect.all(scenes, { concurrency: "unbounded" })).flat())
    }))
})

describe("guarantee 15: what a consumer gives is data on the wire", patience, () => {
  const Text = Schema.Record({ key: Schema.String, value: Schema.String })
  const injected = "a\r\nx-injected: yes\r\n\r\nGET /evil HTTP/1.1"
  for (const [name, client] of Object.entries(clients)) {
    for (const tokenPlacement of placements) {
      it.scopedLive(`no parameter becomes a header with the client of ${name}, the token in the ${tokenPlacement}`, () =>
        Effect.gen(function*() {
          const { heard, url } = yield* wire.server
          const parameters = { top: injected, [injected]: "3" }
          yield* Effect.gen(function*() {
            const { call } = yield* PlatformClient.PlatformClient
            for (const method of ["POST", "GET"] as const) {
              yield* call(Endpoint.make({ method, path: Report.echoPath, parameters: Text, data: Schema.Unknown }))(
                parameters
              )
            }
          }).pipe(
            Effect.provide(Layer.fresh(Jindouyun.layer({
              baseUrl: url,
              tokenPlacement,
              username: injected,
              password: Redacted.make(injected)
            }))),
            Effect.provide(client)
          )
          const [acquisition, post, get, ...others] = heard
          assert.isEmpty(others)
          assert.deepStrictEqual(JSON.parse(acquisition?.body ?? ""), { username: injected, password: injected })
          assert.deepStrictEqual(JSON.parse(post?.body ?? ""), parameters)
          const { accessToken, ...query } = Object.fromEntries(new URL(get?.url ?? "", url).searchParams)
          assert.strictEqual(accessToken, tokenPlacement === "query" ? "the-access-token" : undefined)
          assert.deepStrictEqual(query, parameters)
          assert.notInclude(JSON.stringify(heard.map(({ rawHeaders }) => rawHeaders)), "injected")
        }))
    }
  }
})

describe("the search", () => {
  for (const [how, plumage] of Object.entries({ colourful, plain })) {
    it(`finds a secret that is ${how} in every form, whole or in half`, () => {
      const canaries: Canaries = new Map([["secret", plumage.token()], ["password", plumage.password()]])
      const find = search(canaries)
      for (const [name, secret] of canaries) {
        for (const { canary, form, text } of formsOf(name, secret)) {
          assert.include(find(`before ${text} after`).map((hit) => hit.canary), canary, form)
        }
        const bytes = Buffer.from(secret)
        for (
          const text of [
            ...Object.values(spellings(secret)),
            bytes.toString("base64"),
            Buffer.from(`user1:${secret}@`).toString("base64"),
            Buffer.from(`xuser1:${secret}@`).toString("base64url"),
            Buffer.from(`xyuser1:${secret}@`).toString("base64"),
            JSON.stringify({ a: JSON.stringify({ b: JSON.stringify([secret]) }) }),
            JSON.stringify(bytes),
            JSON.stringify(new Uint8Array(bytes)),
            ...recorder.renderings(bytes),
            ...recorder.renderings({ a: [new Uint8Array(bytes), 1] })
          ].filter((text) => text.length > secret.length)
        ) {
          assert.isAtLeast(find(`before ${text} after`).length, 1, text)
        }
      }
    })
  }

  it("finds nothing where there is nothing", () => {
    const find = search(new Map([["secret", colourful.token()]]))
    assert.deepStrictEqual(
      find(recorder.renderings([colourful.token(), plain.token(), new Error("<redacted>")]).join()),
      []
    )
  })

  const planted: { readonly [channel: string]: (secret: string) => Effect.Effect<unknown, unknown> } = {
    "log": (secret) => Effect.logTrace(`the token is ${secret}`),
    "log, as an annotation": (secret) => Effect.annotateLogs(Effect.logDebug("a token"), { secret }),
    "span": (secret) => Effect.withSpan(Effect.void, "operation", { attributes: { url: encodeURIComponent(secret) } }),
    "event of span": (secret) => Effect.withSpan(Effect.log(secret), "operation"),
    "exit of span": (secret) => Effect.exit(Effect.withSpan(Effect.fail({ secret }), "operation")),
    "console": (secret) => Effect.logWarning({ nested: { deep: { deeper: { deepest: secret } } } }),
    "value": (secret) => Effect.succeed({ headers: { authorization: secret } }),
    "failure": (secret) => Effect.fail(new StoreFailure({ operation: "load", detail: secret })),
    "encoded failure": (secret) => Effect.fail(new StoreFailure({ operation: "load", detail: secret })),
    "rejection": (secret) => Effect.die(new Error("x", { cause: new Error(secret) })),
    "exit": (secret) => Effect.fail(new VaultSealed({ password: secret, message: "no" })),
    "metric": (secret) => Metric.update(Metric.tagged(Metric.counter("planted"), "tag", secret), 1)
  }
  for (const [channel, leak] of Object.entries(planted)) {
    it.live(`finds what is planted in the ${channel}`, () =>
      Effect.gen(function*() {
        const canaries: Canaries = new Map([["secret", colourful.token()]])
        const recording: recorder.Recording = new Map()
        yield* Effect.provide(
          recorder.observer(recording, "operation", leak(canaries.get("secret") ?? "")),
          recorder.layer(recording)
        )
        yield* recorder.metrics(recording)
        const channels = oracle(recording, canaries).map((hit) => hit.slice(0, hit.indexOf("]")))
        assert.isTrue(channels.some((hit) => hit.includes(channel.split(",")[0] ?? "")), channels.join())
      }))
  }
})
