import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Accounts from "../src/Accounts.js"
import * as Credentials from "../src/Credentials.js"
import * as Encryption from "../src/Encryption.js"
import * as Endpoint from "../src/Endpoint.js"
import * as Hint from "../src/Hint.js"
import * as Jindouyun from "../src/Jindouyun.js"
import * as JindouyunConfig from "../src/JindouyunConfig.js"
import type { InvalidConfiguration, TokenError } from "../src/JindouyunError.js"
import * as PlatformClient from "../src/PlatformClient.js"
import * as Token from "../src/Token.js"
import * as TokenApi from "../src/TokenApi.js"
import * as TokenProvider from "../src/TokenProvider.js"
import * as TokenRecord from "../src/TokenRecord.js"
import * as TokenStore from "../src/TokenStore.js"
import { makeRecord } from "./utils.js"

const secret = (text: string): Redacted.Redacted => Redacted.make(text)

const wiped = (text: string): Redacted.Redacted => {
  const value = secret(text)
  Redacted.unsafeWipe(value)
  return value
}

const report = Endpoint.make({ path: "/api/report/echo", data: Schema.Unknown })

const settings = { baseUrl: "http://localhost:1", minRequestInterval: 0, cooldown: 1 }

interface World {
  readonly paths: Array<string>
  /** Runs before the answer to each request. */
  before: () => void
  code: number
}

/** A platform that answers with `code`, and repeats in its message what it was sent. */
const platform = (world: World) =>
  Layer.succeed(
    HttpClient.HttpClient,
    HttpClient.make((request) =>
      Effect.sync(() => {
        world.paths.push(new URL(request.url).pathname)
        const body = request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""
        world.before()
        const data = { accessToken: `access${world.paths.length}`, refreshToken: `refresh${world.paths.length}` }
        return HttpClientResponse.fromWeb(
          request,
          Response.json({ code: world.code, message: `${body} ${JSON.stringify(request.headers)}`, data })
        )
      })
    )
  )

const makeWorld = (): World => ({ paths: [], before: () => {}, code: 20000 })

const key = Buffer.alloc(32, 7).toString("base64")

const wipedRecord = (which: "accessToken" | "refreshToken"): TokenRecord.TokenRecord => {
  const record = makeRecord(1)
  Option.map(record.pair, (pair) => Redacted.unsafeWipe(pair[which].value))
  return record
}

const build = (
  world: World,
  password: Redacted.Redacted,
  store: Layer.Layer<TokenStore.TokenStore> = TokenStore.layerMemory
) =>
  Effect.map(
    Layer.build(
      Layer.provide(Jindouyun.layer({ ...settings, username: "user1", password, store }), platform(world))
    ),
    (services) => ({
      provider: Context.get(services, TokenProvider.TokenProvider),
      client: Context.get(services, PlatformClient.PlatformClient)
    })
  )

const credentialsOf = (password: Redacted.Redacted) => ({ username: "user1", password })

const config = JindouyunConfig.layer(settings)

const api = (world: World) =>
  Effect.provide(TokenApi.TokenApi, Layer.provide(TokenApi.layer, Layer.merge(platform(world), config)))

const accessToken = Effect.flatMap(TokenProvider.TokenProvider, ({ accessToken }) => accessToken)

const throughStatic = <A, E>(use: (client: PlatformClient.Service) => Effect.Effect<A, E>) => (world: World) =>
  Effect.gen(function*() {
    const token = secret("access-token")
    const client = yield* Effect.provide(
      PlatformClient.PlatformClient,
      PlatformClient.layer.pipe(
        Layer.provide(TokenProvider.layerStatic(token)),
        Layer.provide(Layer.merge(platform(world), config))
      )
    )
    Redacted.unsafeWipe(token)
    return yield* Effect.flip(use(client))
  })

/** Each secret that a program hands in and wipes too early, the tag of the failure, and the name in its message. */
const failures: ReadonlyArray<
  readonly [name: string, tag: string, text: string, failure: (world: World) => Effect.Effect<unknown, unknown, never>]
> = [
  [
    "the password, after the layer was built",
    "CredentialsUnavailable",
    "the password was wiped",
    (world) =>
      Effect.gen(function*() {
        const password = secret("pass1")
        const { provider } = yield* build(world, password)
        Redacted.unsafeWipe(password)
        return yield* Effect.flip(provider.accessToken)
      }).pipe(Effect.scoped)
  ],
  [
    "the password of an effect",
    "CredentialsUnavailable",
    "the password was wiped",
    (world) =>
      Effect.flip(accessToken).pipe(
        Effect.provide(Jindouyun.layerCredentials(Effect.sync(() => credentialsOf(wiped("pass1"))), settings)),
        Effect.provide(platform(world))
      )
  ],
  [
    "the password of a service of the program",
    "CredentialsUnavailable",
    "the password was wiped",
    (world) =>
      Effect.flip(accessToken).pipe(
        Effect.provide(
          TokenProvider.layer.pipe(
            Layer.provide(TokenApi.layer),
            Layer.provide(
              Layer.succeed(Credentials.Credentials, {
                account: "user1",
                current: Effect.sync(() => credentialsOf(wiped("pass1")))
              })
            ),
            Layer.provide(Layer.merge(platform(world), config))
          )
        )
      )
  ],
  [
    "the password of one of many accounts",
    "CredentialsUnavailable",
    "the password was wiped",
    (world) =>
      Effect.flatMap(Accounts.Accounts, (accounts) => Effect.flip(accounts.get("user1").accessToken)).pipe(
        Effect.provide(
          Layer.provide(
            Accounts.layer(() => Effect.sync(() => credentialsOf(wiped("pass1")))),
            Layer.merge(platform(world), config)
          )
        )
      )
  ],
  [
    "the password of an acquisition",
    "TransportFailure",
    "the password was wiped",
    (world) => Effect.flatMap(api(world), ({ acquire }) => Effect.flip(acquire(credentialsOf(wiped("pass1")))))
  ],
  [
    "the refresh token of a refresh",
    "TransportFailure",
    "the refresh token was wiped",
    (world) =>
      Effect.flatMap(api(world), ({ refresh }) => Effect.flip(refresh(new Token.RefreshToken({ value: wiped("r") }))))
  ],
  [
    "the static token, before a call",
    "TransportFailure",
    "the access token was wiped",
    throughStatic((client) => client.call(report)())
  ],
  [
    "the static token, before a request",
    "TransportFailure",
    "the access token was wiped",
    throughStatic(({ httpClient }) => httpClient.get("/api/report/echo"))
  ],
  [
    "the key of a store",
    "InvalidConfiguration",
    "encryptionKey (environment: JINDOUYUN_ENCRYPTION_KEY) was wiped",
    () => Effect.flip(Encryption.make({ encryptionKey: wiped("key") }))
  ],
  [
    "the previous key",
    "InvalidConfiguration",
    "JINDOUYUN_PREVIOUS_ENCRYPTION_KEY) was wiped",
    () => Effect.flip(Encryption.make({ encryptionKey: secret(key), previousEncryptionKey: wiped("key") }))
  ],
  [
    "a token of a record",
    "StoreFailure",
    "a token of the record was wiped",
    () => Effect.flip(TokenRecord.plain.encode("account", wipedRecord("accessToken")))
  ]
]

describe("a secret that the program wiped", () => {
  it.effect.each(failures)("fails what needs it, and is named: %s", ([, tag, text, failure]) =>
    Effect.gen(function*() {
      const world = makeWorld()
      const error = (yield* failure(world)) as TokenError | InvalidConfiguration
      assert.strictEqual(error._tag, tag)
      assert.include(error.message, text)
      assert.notMatch(error.message, /HTTP client|threw/)
      assert.notMatch(Hint.of(error).zh, /HTTP 客户端|异常/)
      if (tag === "TransportFailure" || tag === "CredentialsUnavailable") {
        assert.include(error.hint, "unsafeWipe")
        assert.include(Hint.of(error).zh, "unsafeWipe")
      }
      assert.deepStrictEqual(world.paths, [])
    }))

  it.scoped("during a request, it stays out of the message that repeats it", () =>
    Effect.gen(function*() {
      const world = makeWorld()
      const password = secret("CANARY-password")
      const { provider } = yield* build(world, password)
      world.code = 40001
      world.before = () => Redacted.unsafeWipe(password)
      const error = yield* Effect.flip(provider.accessToken)
      assert.strictEqual(error._tag, "AuthenticationFailed")
      assert.notInclude(error.message, "CANARY")
      assert.notInclude((yield* Effect.flip(provider.accessToken)).message, "HTTP client")
    }))

  it.effect("hides the whole message if a further secret of the request was wiped", () =>
    Effect.gen(function*() {
      const world = { ...makeWorld(), code: 40000 }
      const { acquire } = yield* api(world)
      const error = yield* Effect.flip(acquire(credentialsOf(secret("pass1")), { secrets: [wiped("CANARY")] }))
      assert.deepInclude({ ...error }, { _tag: "InvalidParameter", returnMessage: "<redacted>" })
    }))

  const requests: ReadonlyArray<
    readonly [string, (client: PlatformClient.Service) => Effect.Effect<unknown, unknown>]
  > = [
    ["call", (client) => client.call(report)()],
    ["request of one's own", ({ httpClient }) => httpClient.get(report.path)],
    [
      "request with a body that can be read once",
      ({ httpClient }) => httpClient.post(report.path, { body: HttpBody.stream(Stream.make(new Uint8Array(1))) })
    ]
  ]
  it.scoped.each(requests)("leads to a new token if it was the token of a %s", ([, request]) =>
    Effect.gen(function*() {
      const world = makeWorld()
      const { client, provider } = yield* build(world, secret("pass1"))
      const token = yield* provider.accessToken
      Redacted.unsafeWipe(token.value)
      yield* request(client)
      assert.deepStrictEqual(world.paths, [TokenApi.acquirePath, TokenApi.refreshPath, report.path])
    }))

  it.scoped("may be invalidated: the next read renews", () =>
    Effect.gen(function*() {
      const { provider } = yield* build(makeWorld(), secret("pass1"))
      const token = yield* provider.accessToken
      Redacted.unsafeWipe(token.value)
      yield* provider.invalidate(token)
      assert.strictEqual((yield* provider.accessToken).generation, token.generation + 1)
    }))

  it.scoped("leads to an acquisition if it was the refresh token of a stored pair", () =>
    Effect.gen(function*() {
      const world = makeWorld()
      const stored = Layer.succeed(TokenStore.TokenStore, {
        ...TokenStore.none,
        load: () => Effect.succeedSome(wipedRecord("refreshToken"))
      })
      const { provider } = yield* build(world, secret("pass1"), stored)
      yield* provider.refresh
      assert.deepStrictEqual(world.paths, [TokenApi.acquirePath])
    }))

  it.effect("is not needed any more if it was a key that has been imported", () =>
    Effect.gen(function*() {
      const encryptionKey = secret(key)
      const { decrypt, encrypt } = yield* Encryption.make({ encryptionKey })
      Redacted.unsafeWipe(encryptionKey)
      assert.deepStrictEqual(yield* decrypt(yield* encrypt("text", "a"), "a"), Option.some("text"))
    }))
})

describe("a secret that has no text", () => {
  const none = undefined as unknown as string
  const cases: ReadonlyArray<readonly [string, unknown, string]> = [
    ["an unset variable in a Redacted", Redacted.make(none), "is missing"],
    ["undefined", undefined, "is missing"],
    ["a text that is not redacted", "CANARY", "is no Redacted"],
    ["a number in a Redacted", Redacted.make(13_000_000_000), "is no text"]
  ]
  for (const [name, value, problem] of cases) {
    const given = value as Redacted.Redacted

    it.effect(`is named by the layer, before a request: ${name}`, () =>
      Effect.gen(function*() {
        const world = makeWorld()
        const layer = Jindouyun.layer({ ...settings, username: "user1", password: given })
        const error = yield* Effect.flip(Effect.scoped(Layer.build(Layer.provide(layer, platform(world)))))
        assert.deepInclude({ ...error }, { _tag: "InvalidConfiguration", setting: "password", problem })
        const key = yield* Effect.flip(Encryption.make({ encryptionKey: given }))
        assert.deepInclude({ ...key }, { _tag: "InvalidConfiguration", setting: "encryptionKey", problem })
        assert.notInclude(`${error.message} ${key.message}`, "CANARY")
      }))

    it.effect(`is named by the read, before a request: ${name}`, () =>
      Effect.gen(function*() {
        const world = makeWorld()
        const layer = Jindouyun.layerCredentials(Effect.sync(() => credentialsOf(given)), settings)
        const error = yield* Effect.flip(Effect.provide(accessToken, Layer.provide(layer, platform(world))))
        assert.strictEqual(error._tag, "CredentialsUnavailable")
        assert.include(error.message, `the password ${problem}`)
        assert.deepStrictEqual(world.paths, [])
      }))

    it.effect(`is named by the request that needs it: ${name}`, () =>
      Effect.gen(function*() {
        const world = makeWorld()
        const { acquire, refresh } = yield* api(world)
        const client = yield* Effect.provide(
          PlatformClient.PlatformClient,
          PlatformClient.layer.pipe(
            Layer.provide(TokenProvider.layerStatic(given)),
            Layer.provide(Layer.merge(platform(world), config))
          )
        )
        for (
          const request of [
            acquire(credentialsOf(given)),
            refresh(new Token.RefreshToken({ value: given })),
            client.call(report)(),
            client.httpClient.get(report.path)
          ]
        ) {
          const error = yield* Effect.flip(
            Effect.asVoid<unknown, TokenError | HttpClientError.HttpClientError, never>(request)
          )
          assert(error._tag === "TransportFailure")
          assert.strictEqual(error.delivery, "unsent")
          assert.include(error.message, problem)
          assert.include(error.hint, "Redacted.make")
          assert.include(Hint.of(error).zh, "Redacted.make")
        }
        assert.deepStrictEqual(world.paths, [])
      }))
  }

  it.effect.each<[string, unknown, string]>([
    ["undefined", undefined, "is missing"],
    ["a number", 13_000_000_000, "is no text"],
    ["white space", " ", "is empty"]
  ])("a username without text is named by the layer: %s", ([, username, problem]) =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(
        Effect.scoped(Layer.build(Credentials.layer({ username: username as string, password: secret("pass1") })))
      )
      assert.deepInclude({ ...error }, { _tag: "InvalidConfiguration", setting: "username", problem })
    }))
})
