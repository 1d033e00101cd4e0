// Processes on Effect 3 and on Effect 4 that share one account and one store. This process is on Effect 3.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Encryption from "@jindouyun/core/Encryption"
import type { TokenRequestError } from "@jindouyun/core/JindouyunError"
import * as Token from "@jindouyun/core/Token"
import type * as TokenRecord from "@jindouyun/core/TokenRecord"
import * as TokenStore from "@jindouyun/core/TokenStore"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import { execFile } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import { promisify } from "node:util"
import { everyTokenError, makePair, start } from "../../core/test/utils.js"
import * as RedisServer from "../../redis/test/redisServer.js"
import { clientOf, encryptionKey } from "../../redis/test/support.js"
import * as Platform from "../runs/fleet/platform.js"
import * as Processes from "../runs/fleet/processes.js"
import type { Part, Settings, Store } from "../runs/fleet/protocol.js"
import * as Stage from "../runs/fleet/stage.js"
import * as stores from "../runs/fleet/stores.js"

type Edition = 3 | 4

const bundle = (program: string) =>
  Effect.flatMap(Processes.folder, (folder) => Processes.bundle(folder, new URL(program, import.meta.url)))

const bundles = Effect.all({
  3: bundle("../runs/fleet/worker.ts"),
  4: Processes.bundleOnEffect4,
  rewriteOn4: bundle("../../effect4/fleet/rewrite.ts")
})

let programs: Effect.Effect.Success<typeof bundles>

const scope = Effect.runSync(Scope.make())

beforeAll(async () => {
  programs = await Effect.runPromise(Scope.extend(bundles, scope))
})

afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

interface Backend {
  readonly store: Store
  /** Reads the text of a record as it is stored. */
  readonly textOf: (key: string) => Effect.Effect<string>
}

const file: Effect.Effect<Backend, never, Scope.Scope> = Effect.map(Processes.folder, (folder) => {
  const directory = `${folder}/store`
  const textOf = (key: string) =>
    Effect.sync(() => {
      const names = readdirSync(`${directory}/${key}`).filter((name) => name.startsWith("record."))
      assert.lengthOf(names, 1)
      return readFileSync(`${directory}/${key}/${names[0]}`, "utf8")
    })
  return { store: { _tag: "File", directory }, textOf }
})

const redis: Effect.Effect<Backend, Processes.StageFailure, Scope.Scope> = Effect.gen(function*() {
  const { port, url } = yield* Processes.redis(false)
  const client = yield* clientOf(port)
  const textOf = (key: string) =>
    Effect.map(Effect.promise(() => client.hget(`jindouyun:{${key}}`, "record")), (text) => text ?? "")
  return { store: { _tag: "Redis", url }, textOf }
})

const withKey = (store: Store): Store => ({ ...store, encryptionKey: Redacted.value(encryptionKey) })

const credentials = { username: "user1", password: "pass1" }

/** A renewal is due every three seconds, and the lease outlasts any delay of a busy machine. */
const settings: Settings = {
  requestTimeout: 10_000,
  renewalTimeout: 30_000,
  minRequestInterval: 50,
  cooldown: 200,
  maxCooldown: 1000,
  accessTokenLifetime: 4000,
  refreshTokenLifetime: 60_000,
  expiryMargin: 100,
  earlyRefresh: 800
}

const makePlatform = Platform.make({
  ...credentials,
  accessLifetime: 4000,
  refreshLifetime: 60_000,
  latency: () => 50 + 100 * Math.random()
})

interface Member {
  readonly edition: Edition
  readonly number: number
  readonly worker: Processes.Worker
}

/** Starts one process for each of the editions. */
const startAll = (
  { url, open }: Platform.Platform,
  editions: ReadonlyArray<Edition>,
  part: Pick<Part, "store"> & Partial<Part>
) =>
  Effect.gen(function*() {
    const members: ReadonlyArray<Member> = yield* Effect.forEach(editions, (edition, index) =>
      Effect.map(
        Processes.worker(programs[edition], () => undefined),
        (worker) => ({ edition, number: index + 1, worker })
      ), { concurrency: 4 })
    for (const { number, worker } of members) {
      yield* worker.start({
        ...credentials,
        settings: { ...settings, baseUrl: url },
        ahead: 0,
        once: false,
        port: yield* open(number),
        ...part
      })
    }
    return members
  })

/** Waits; on failure the error has the last words of the processes. */
const until = (
  members: ReadonlyArray<Member>,
  what: string,
  condition: Effect.Effect<boolean, Processes.StageFailure>
) =>
  Effect.mapError(Stage.until(what, condition, 60_000), ({ message }) =>
    new Processes.StageFailure({
      message: [
        message,
        ...members.flatMap(({ edition, number, worker }) =>
          worker.lastWords().slice(-2).map((line) => `process ${number} on Effect ${edition}: ${line}`)
        )
      ].join("\n")
    }))

/** One acquisition, then refreshes one at a time, each with the newest refresh token. */
const assertInTurn = ({ overlaps, requests, violations }: Platform.Platform): void => {
  assert.deepStrictEqual(overlaps, [])
  assert.deepStrictEqual(violations, [])
  assert.lengthOf(requests.filter(({ kind }) => kind === "acquisition"), 1)
  assert.deepStrictEqual(requests.filter(({ code, endedAt }) => endedAt !== undefined && code !== "20000"), [])
}

/** Forces refreshes in all processes until each edition has often refreshed the pair of the other. */
const shareAnAccount = (store: Store) =>
  Effect.gen(function*() {
    const platform = yield* makePlatform
    const members = yield* startAll(platform, [3, 4, 3, 4], { store, busyEvery: 200 })
    const editionOf = (process: number) => members.find(({ number }) => number === process)?.edition
    const refreshes = (edition: Edition) =>
      platform.requests.filter(({ kind, process }, index) =>
        kind === "refresh" && editionOf(process) === edition
        && editionOf(platform.requests[index - 1]?.process ?? 0) !== edition
      )
    yield* until(
      members,
      "each edition has refreshed three pairs of the other",
      Effect.sync(() => refreshes(3).length > 2 && refreshes(4).length > 2)
    )
    assertInTurn(platform)
    yield* Effect.forEach(members, ({ worker }) => worker.tell({ _tag: "Calm" }))
    yield* until(
      members,
      "the report calls of all processes carry the newest token",
      Effect.gen(function*() {
        const before = platform.calls.length
        const failures = yield* Effect.forEach(members, ({ worker }) => worker.call)
        const tokens = platform.calls.slice(before).map(({ token }) => token)
        return failures.every((failure) => failure === undefined)
          && tokens.length === members.length && tokens.every((token) => token === platform.newest())
      })
    )
    assertInTurn(platform)
    for (const { edition, worker } of members) {
      assert.deepStrictEqual((yield* worker.tally).failures, {}, `a process on Effect ${edition}`)
    }
  })

/** Starts a process that reads one token with a wrong password, and waits for its end. */
const offer = (platform: Platform.Platform, edition: Edition, password: string, store: Store) =>
  Effect.gen(function*() {
    for (const { worker } of yield* startAll(platform, [edition], { store, once: true, password })) {
      yield* worker.ended
      assert.strictEqual(worker.exitCode(), 1, worker.lastWords().join("\n"))
    }
  })

/** Offers one wrong password to each edition first, then to the other. */
const offerWrongPasswords = (store: Store) =>
  Effect.gen(function*() {
    const platform = yield* makePlatform
    yield* offer(platform, 3, "wrong", store)
    yield* offer(platform, 4, "wrong", store)
    assert.lengthOf(platform.requests, 1)
    yield* offer(platform, 4, "wrong, too", store)
    yield* offer(platform, 3, "wrong, too", store)
    assert.lengthOf(platform.requests, 2)
  })

// The records

const refusal = (failure: TokenRequestError): TokenRecord.RefusedCredentials => ({
  credentials: "0123456789abcdef:fedcba9876543210",
  failure,
  refusedAt: start + 0.5
})

const refusals = Object.values(everyTokenError)
  .filter((error): error is TokenRequestError => "attempts" in error)
  .map(refusal)

const pair = makePair({ generation: 7, value: "a token with \"quotes\", 中文 and \u2028" })

const recordWith = (part: Partial<TokenRecord.TokenRecord>): TokenRecord.TokenRecord => ({
  generation: 7,
  pair: Option.some(pair),
  refusedCredentials: Option.none(),
  earlierRefusals: [],
  ...part
})

/** A record of each form, by the account that it belongs to. */
const records: { readonly [account: string]: TokenRecord.TokenRecord } = {
  "user1": recordWith({}),
  "用户 \"1\"": recordWith({
    pair: Option.some(
      new Token.TokenPair({
        ...pair,
        accessToken: new Token.AccessToken({ ...pair.accessToken, replacedRejectedAt: start + 0.25 })
      })
    )
  }),
  "user1@example.com": recordWith({ generation: 8_999_999_999_000_000, pair: Option.none() }),
  ...Object.fromEntries(
    refusals.map((refused) => [
      refused.failure._tag,
      recordWith({ refusedCredentials: Option.some(refused), earlierRefusals: refusals })
    ])
  )
}

const baseUrl = "https://Platform.example:8443/"

const keyOf = (account: string) => TokenStore.keyOf(baseUrl, account)

/** Saves every record on Effect 3, then on Effect 4, then on Effect 3 again; returns the three texts of each. */
const rewriteAll = ({ store, textOf }: Backend) =>
  Effect.gen(function*() {
    const { load, save } = Context.get(yield* Layer.build(stores.layer(store)), TokenStore.TokenStore)
    const accounts = Object.keys(records)
    const texts = Effect.forEach(accounts, (account) => textOf(keyOf(account)))
    for (const [account, record] of Object.entries(records)) {
      assert.isTrue(yield* save(keyOf(account), record, Option.none()))
    }
    const first = yield* texts
    yield* Effect.promise(() =>
      promisify(execFile)(process.execPath, [programs.rewriteOn4, JSON.stringify(store), baseUrl, ...accounts])
    )
    const second = yield* texts
    for (const account of accounts) {
      const loaded = Option.getOrThrow(yield* load(keyOf(account)))
      assert.isTrue(yield* save(keyOf(account), loaded, Option.none()))
    }
    const third = yield* texts
    return accounts.map((account, index) => ({
      account,
      texts: [first[index] ?? "", second[index] ?? "", third[index] ?? ""]
    }))
  })

const decodeEncrypted = Schema.decode(Schema.parseJson(Schema.Struct({
  version: Schema.Number,
  ...Encryption.Encrypted.fields
})))

for (const [name, backend] of Object.entries({ File: file, Redis: redis })) {
  describe.skipIf(name === "Redis" && !RedisServer.isInstalled)(
    `processes on Effect 3 and Effect 4, store ${name}`,
    () => {
      it.scopedLive(
        "never send two token requests at once, and refresh the pairs of each other",
        () => Effect.flatMap(backend, ({ store }) => shareAnAccount(withKey(store))),
        120_000
      )

      it.scopedLive(
        "do not send a password that the platform refused to the other edition",
        () => Effect.flatMap(backend, ({ store }) => offerWrongPasswords(store)),
        120_000
      )

      it.scopedLive("write the same bytes for a record of each form", () =>
        Effect.gen(function*() {
          for (const { account, texts: [first, second, third] } of yield* rewriteAll(yield* backend)) {
            assert.strictEqual(second, first, account)
            assert.strictEqual(third, first, account)
          }
        }), 120_000)

      it.scopedLive(
        "encrypt the same bytes for a record of each form, with a new nonce each time",
        () =>
          Effect.gen(function*() {
            const { store, textOf } = yield* backend
            const { decrypt } = yield* Encryption.make({ encryptionKey })
            for (const { account, texts } of yield* rewriteAll({ store: withKey(store), textOf })) {
              const decrypted = yield* Effect.forEach(texts, (text) =>
                Effect.gen(function*() {
                  assert.deepStrictEqual(Object.keys(JSON.parse(text)), ["version", "iv", "encrypted"])
                  return Option.getOrThrow(yield* decrypt(yield* decodeEncrypted(text), `jindouyun ${keyOf(account)}`))
                }))
              assert.lengthOf(new Set(texts), 3)
              assert.deepStrictEqual([...new Set(decrypted)], [decrypted[0]], account)
            }
          }),
        120_000
      )
    }
  )
}
