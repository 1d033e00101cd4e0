import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import { Cluster } from "ioredis"
import { spawnSync } from "node:child_process"
import * as RedisTokenStore from "../src/RedisTokenStore.js"
import { certificates } from "./certificates.js"
import * as RedisServer from "./redisServer.js"
import { account, clientOf, contract, generationOf, granted, record, wordsOf } from "./support.js"

describe.skipIf(!RedisServer.isInstalled)("the Redis store, on a cluster", () => {
  contract(
    Effect.gen(function*() {
      const { port } = yield* RedisServer.start({
        parameters: ["--cluster-enabled", "yes", "--cluster-announce-ip", "127.0.0.1"]
      })
      const node = yield* clientOf(port)
      yield* Effect.promise(() => node.call("CLUSTER", "ADDSLOTSRANGE", 0, 16383))
      yield* Effect.promise(() => node.call("CLUSTER", "INFO")).pipe(
        Effect.repeat({ schedule: Schedule.spaced("20 millis"), until: (info) => /state:ok/.test(String(info)) })
      )
      const client = yield* Effect.acquireRelease(
        Effect.sync(() => new Cluster([{ host: "127.0.0.1", port }])),
        (client) => Effect.sync(() => client.disconnect())
      )
      return { store: RedisTokenStore.make({ client }), client }
    })
  )
})

const master = "fleet"

/** A master, its replica, and one Sentinel who decides alone. */
const guarded = Effect.gen(function*() {
  const first = yield* RedisServer.start({ parameters: "--requirepass secret --masterauth secret".split(" ") })
  yield* RedisServer.start({
    parameters: `--requirepass secret --masterauth secret --replicaof 127.0.0.1 ${first.port}`.split(" ")
  })
  const sentinel = yield* RedisServer.start({
    parameters: ["--sentinel"],
    config: [
      `sentinel monitor ${master} 127.0.0.1 ${first.port} 1`,
      `sentinel auth-pass ${master} secret`,
      `sentinel down-after-milliseconds ${master} 500`,
      `sentinel failover-timeout ${master} 3000`
    ].join("\n")
  })
  const admin = yield* clientOf(sentinel.port)
  // It looks for replicas every 10 seconds.
  yield* Effect.promise(() => admin.call("SENTINEL", "REPLICAS", master)).pipe(
    Effect.repeat({
      schedule: Schedule.spaced("50 millis"),
      until: (replicas) => /master-link-status,ok/.test(String(replicas))
    }),
    Effect.timeout("15 seconds")
  )
  return {
    first,
    options: {
      // The host is not asked.
      url: Redacted.make("redis://:secret@localhost"),
      options: { sentinels: [{ host: "127.0.0.1", port: sentinel.port }], name: master }
    }
  }
})

describe.skipIf(!RedisServer.isInstalled)("the Redis store, behind Sentinel", () => {
  it.scopedLive("goes on with the replica when the master has died", () =>
    Effect.gen(function*() {
      const { first, options } = yield* guarded
      const store = yield* RedisTokenStore.make(options)
      const saved = (generation: number) =>
        Effect.gen(function*() {
          const lease = yield* granted(store)
          yield* store.save(account, record(generation), Option.some(lease))
          yield* lease.release
          return lease.fence
        })
      const before = yield* saved(1)
      // What is written is copied a moment later.
      yield* Effect.sleep("200 millis")
      yield* first.kill("SIGKILL")
      assert.match(yield* wordsOf(store.load(account)), /^load: [A-Za-z]/)
      const fence = yield* saved(2).pipe(
        Effect.retry(Schedule.spaced("100 millis")),
        Effect.timeout("20 seconds")
      )
      assert.isAbove(fence, before)
      assert.strictEqual(generationOf(yield* store.load(account)), 2)
    }))

  it.scopedLive("says what is wrong when no Sentinel is there", () =>
    Effect.gen(function*() {
      const port = yield* RedisServer.freePort
      const store = yield* RedisTokenStore.make({
        url: Redacted.make("redis://:secret@localhost"),
        options: { sentinels: [{ host: "127.0.0.1", port }], name: master }
      })
      assert.strictEqual(yield* wordsOf(store.load(account)), "load: no Sentinel names the master")
    }))
})

/** A server over TLS, whose certificate authority no machine trusts. */
const vouched = Effect.gen(function*() {
  const { file, parameters } = yield* certificates
  const { port } = yield* RedisServer.start({ tls: true, parameters: [...parameters, "--tls-auth-clients", "no"] })
  return { ca: file("authority.crt"), url: Redacted.make(`rediss://localhost:${port}`), port }
})

// Older ones cannot sign for another.
const hasOpenssl = /^OpenSSL [3-9]/.test(String(spawnSync("openssl", ["version"]).stdout))

describe.skipIf(!RedisServer.isInstalled || !hasOpenssl)("the Redis store, over TLS", () => {
  contract(
    Effect.gen(function*() {
      const { ca, port, url } = yield* vouched
      return {
        store: RedisTokenStore.make({ url, options: { tls: { ca } } }),
        client: yield* clientOf(port, { host: "localhost", tls: { ca } })
      }
    })
  )

  it.scopedLive("does not talk to a server that nobody vouches for", () =>
    Effect.gen(function*() {
      const { url } = yield* vouched
      const store = yield* RedisTokenStore.make({ url })
      assert.match(yield* wordsOf(store.load(account)), /^load: TLS failed: [A-Z_]*CERT[A-Z_]*$/)
    }))

  it.scopedLive("does not talk to a server of another name", () =>
    Effect.gen(function*() {
      const { ca, port } = yield* vouched
      const store = yield* RedisTokenStore.make({
        url: Redacted.make(`rediss://127.0.0.1:${port}`),
        options: { tls: { ca } }
      })
      assert.strictEqual(yield* wordsOf(store.load(account)), "load: TLS failed: ERR_TLS_CERT_ALTNAME_INVALID")
    }))

  it.scopedLive("fails where the server does not speak TLS, or speaks it only", () =>
    Effect.gen(function*() {
      const { port } = yield* vouched
      const plain = yield* RedisServer.start()
      const toPlain = yield* RedisTokenStore.make({ url: Redacted.make(`rediss://127.0.0.1:${plain.port}`) })
      const toTls = yield* RedisTokenStore.make({ url: Redacted.make(`redis://127.0.0.1:${port}`) })
      assert.strictEqual(yield* wordsOf(toPlain.load(account)), "load: TLS failed: ETIMEDOUT")
      assert.match(yield* wordsOf(toTls.load(account)), /^load: (ECONNRESET|the connection was lost)$/)
    }))
})
