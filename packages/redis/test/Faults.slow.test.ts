import { assert, describe, it } from "@effect/vitest"
import type * as TokenStore from "@jindouyun/core/TokenStore"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import { spawn } from "node:child_process"
import { createServer, type Socket } from "node:net"
import { fileURLToPath } from "node:url"
import * as RedisTokenStore from "../src/RedisTokenStore.js"
import * as RedisServer from "./redisServer.js"
import { account, clientOf, duration, generationOf, granted, hash, record, urlOf, wordsOf } from "./support.js"

/** What it ends with, and whether that was within the limit of an operation and a little. */
const inTime = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.timed(wordsOf(effect)), ([took, word]) => {
    assert.isBelow(Duration.toMillis(took), 3000)
    return word
  })

/** A lease that is not held for longer than a moment. */
const grantedSoon = (store: TokenStore.Service) =>
  Effect.retry(granted(store).pipe(Effect.catchAllDefect(() => Effect.fail("held"))), {
    schedule: Schedule.spaced("50 millis"),
    times: 40
  })

/** Two stores over one Redis that they have talked to, and that is paused now. */
const paused = Effect.gen(function*() {
  const server = yield* RedisServer.start()
  const { one, other } = yield* Effect.all({
    one: RedisTokenStore.make({ url: urlOf(server) }),
    other: RedisTokenStore.make({ url: urlOf(server) })
  })
  yield* Effect.all([one.load(account), other.load(account)])
  yield* server.kill("SIGSTOP")
  return { one, other, server }
})

describe.skipIf(!RedisServer.isInstalled)("the Redis store, when Redis fails", () => {
  it.scopedLive("is made while Redis is down, fails in a word meanwhile, and works once it is there", () =>
    Effect.gen(function*() {
      const port = yield* RedisServer.freePort
      const store = yield* RedisTokenStore.make({ url: urlOf({ port }) })
      assert.strictEqual(yield* inTime(store.load(account)), "load: ECONNREFUSED")
      assert.strictEqual(yield* inTime(store.save(account, record(1), Option.none())), "save: ECONNREFUSED")
      assert.strictEqual(yield* inTime(store.lease(account, duration)), "lease: ECONNREFUSED")
      yield* RedisServer.start({ port })
      assert.isTrue(yield* store.save(account, record(1), Option.none()))
      assert.strictEqual(generationOf(yield* store.load(account)), 1)
    }))

  it.scopedLive("asks anew after Redis was killed and has come back", () =>
    Effect.gen(function*() {
      const server = yield* RedisServer.start()
      const store = yield* RedisTokenStore.make({ url: urlOf(server) })
      yield* store.save(account, record(1), Option.none())
      yield* server.kill("SIGKILL")
      assert.match(yield* inTime(store.load(account)), /^load: (ECONNREFUSED|ECONNRESET|the connection was lost)$/)
      yield* Effect.sleep("50 millis")
      assert.strictEqual(yield* inTime(store.load(account)), "load: ECONNREFUSED")
      yield* RedisServer.start({ port: server.port })
      assert.isUndefined(generationOf(yield* store.load(account)))
    }))

  it.scopedLive("numbers leases upwards after Redis lost its data, and refuses to save under a lease from before", () =>
    Effect.gen(function*() {
      const server = yield* RedisServer.start()
      const [one, other] = yield* Effect.all([
        RedisTokenStore.make({ url: urlOf(server) }),
        RedisTokenStore.make({ url: urlOf(server) })
      ])
      const late = yield* granted(one)
      yield* server.kill("SIGKILL")
      yield* RedisServer.start({ port: server.port })
      assert.match(yield* wordsOf(late.renew), /^lease: /)
      assert.strictEqual(yield* wordsOf(late.renew), "lease: the lease was lost")
      const lease = yield* granted(other)
      assert.isAbove(lease.fence, late.fence)
      assert.isFalse(yield* one.save(account, record(9), Option.some(late)))
      assert.isTrue(yield* other.save(account, record(1), Option.some(lease)))
      yield* lease.release
      assert.isFalse(yield* one.save(account, record(9), Option.some(late)))
      assert.strictEqual(generationOf(yield* other.load(account)), 1)
    }))

  it.scopedLive("numbers leases upwards also where a Redis came back empty with its clock behind", () =>
    Effect.gen(function*() {
      const server = yield* RedisServer.start()
      const store = yield* RedisTokenStore.make({ url: urlOf(server) })
      const client = yield* clientOf(server.port)
      // As the save of a lease leaves it that was given by a clock ten minutes ahead.
      const ahead = (yield* Effect.clockWith((clock) => clock.currentTimeMillis)) + 600_000
      yield* store.save(account, record(1), Option.some({ fence: ahead, renew: Effect.void, release: Effect.void }))
      assert.strictEqual(yield* Effect.promise(() => client.hget(hash, "fence")), String(ahead))
      assert.strictEqual((yield* granted(store)).fence, ahead + 1)
    }))

  it.scopedLive(
    "fails within its limit while Redis is paused, and refuses to save under a lease that expired meanwhile",
    () =>
      Effect.gen(function*() {
        const server = yield* RedisServer.start()
        const [one, other] = yield* Effect.all([
          RedisTokenStore.make({ url: urlOf(server) }),
          RedisTokenStore.make({ url: urlOf(server) })
        ])
        const late = yield* granted(one, Duration.seconds(2))
        yield* server.kill("SIGSTOP")
        const silent = "no answer within 2 seconds"
        assert.strictEqual(yield* inTime(one.load(account)), `load: ${silent}`)
        const [saving, clearing, leasing] = yield* Effect.all([
          inTime(one.save(account, record(9), Option.some(late))),
          inTime(one.clear("another")),
          inTime(other.lease(account, duration))
        ], { concurrency: 3 })
        assert.strictEqual(saving, `save: ${silent}`)
        assert.strictEqual(clearing, `clear: ${silent}`)
        assert.strictEqual(leasing, `lease: ${silent}`)
        yield* server.kill("SIGCONT")
        const lease = yield* grantedSoon(other)
        assert.isAbove(lease.fence, late.fence)
        assert.isFalse(yield* one.save(account, record(9), Option.some(late)))
        assert.strictEqual(yield* wordsOf(late.renew), "lease: the lease was lost")
      }),
    15_000
  )

  it.scopedLive(
    "releases a lease that was granted after it had stopped waiting for the answer",
    () =>
      Effect.gen(function*() {
        const { one, other, server } = yield* paused
        assert.strictEqual(
          yield* inTime(one.lease(account, duration)),
          "lease: no answer within 2 seconds"
        )
        yield* Effect.sleep("100 millis")
        yield* server.kill("SIGCONT")
        yield* grantedSoon(other)
      }),
    15_000
  )

  it.scopedLive(
    "releases a lease that was granted after its caller was interrupted",
    () =>
      Effect.gen(function*() {
        const { one, other, server } = yield* paused
        const asking = yield* Effect.fork(one.lease(account, duration))
        yield* Effect.sleep("100 millis")
        yield* Fiber.interrupt(asking)
        yield* server.kill("SIGCONT")
        yield* grantedSoon(other)
      }),
    15_000
  )

  it.scopedLive("cannot be kept from its limit by a region that cannot be interrupted", () =>
    Effect.gen(function*() {
      const server = yield* RedisServer.start()
      const store = yield* RedisTokenStore.make({ url: urlOf(server) })
      yield* store.load(account)
      yield* server.kill("SIGSTOP")
      assert.strictEqual(
        yield* inTime(Effect.uninterruptible(store.load(account))),
        "load: no answer within 2 seconds"
      )
      const [took] = yield* Effect.timed(
        Effect.flatMap(Effect.fork(store.lease(account, duration)), (fiber) =>
          Effect.zipRight(Effect.yieldNow(), Fiber.interrupt(fiber)))
      )
      assert.isBelow(Duration.toMillis(took), 2500)
    }))

  it.scopedLive("goes on over a new connection when its own was cut, in an operation or between two", () =>
    Effect.gen(function*() {
      const server = yield* RedisServer.start()
      const gate = yield* wire(server.port)
      const store = yield* RedisTokenStore.make({ url: urlOf(gate) })
      yield* store.save(account, record(1), Option.none())
      gate.cut()
      yield* Effect.sleep("50 millis")
      assert.strictEqual(generationOf(yield* store.load(account)), 1)
      gate.hold(true)
      const waiting = yield* Effect.fork(wordsOf(store.load(account)))
      yield* Effect.sleep("50 millis")
      gate.cut()
      assert.match(yield* Fiber.join(waiting), /^load: (ECONNRESET|the connection was lost)$/)
      gate.hold(false)
      assert.strictEqual(generationOf(yield* store.load(account)), 1)
    }))

  it.scopedLive("leaves a connection on which nothing comes back, and takes a new one", () =>
    Effect.gen(function*() {
      const server = yield* RedisServer.start()
      const gate = yield* wire(server.port)
      const store = yield* RedisTokenStore.make({ url: urlOf(gate) })
      yield* store.save(account, record(1), Option.none())
      gate.lose()
      assert.strictEqual(yield* inTime(store.load(account)), "load: no answer within 2 seconds")
      yield* Effect.sleep("200 millis")
      assert.strictEqual(generationOf(yield* store.load(account)), 1)
    }))

  it.scopedLive("executes nothing later that has failed", () =>
    Effect.gen(function*() {
      const port = yield* RedisServer.freePort
      const store = yield* RedisTokenStore.make({ url: urlOf({ port }) })
      const client = yield* clientOf(port)
      const ofConsumer = yield* RedisTokenStore.make({ client })
      assert.strictEqual(yield* inTime(store.save(account, record(1), Option.none())), "save: ECONNREFUSED")
      assert.strictEqual(
        yield* inTime(ofConsumer.save(account, record(1), Option.none())),
        "save: no answer within 2 seconds"
      )
      yield* RedisServer.start({ port })
      assert.isUndefined(generationOf(yield* ofConsumer.load(account)))
      assert.isUndefined(generationOf(yield* store.load(account)))
    }))

  it.scopedLive("is not told apart by who asks: a hundred operations share one connection, and its failure", () =>
    Effect.gen(function*() {
      const server = yield* RedisServer.start()
      const store = yield* RedisTokenStore.make({ url: urlOf(server) })
      const client = yield* clientOf(server.port)
      const all = Effect.forEach(Array.from({ length: 100 }), () => wordsOf(store.load(account)), {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual([...new Set(yield* all)], ["success"])
      assert.match(yield* Effect.promise(() => client.info("clients")), /connected_clients:2\r/)
      yield* server.kill("SIGKILL")
      yield* Effect.sleep("50 millis")
      assert.deepStrictEqual([...new Set(yield* all)], ["load: ECONNREFUSED"])
    }))

  const refusals: ReadonlyArray<[string, ReadonlyArray<string>, string, string]> = [
    ["the password is wrong", ["--requirepass", "right"], ":wrong@", "AUTH failed: WRONGPASS"],
    ["it wants a password", ["--requirepass", "right"], "", "NOAUTH"],
    ["it is a replica", ["--replicaof", "127.0.0.1 1"], "", "READONLY"],
    ["its memory is used up", ["--maxmemory", "1"], "", "OOM"]
  ]
  for (const [when, parameters, credentials, word] of refusals) {
    it.scopedLive(`says ${word} when ${when}`, () =>
      Effect.gen(function*() {
        const { port } = yield* RedisServer.start({ parameters })
        const store = yield* RedisTokenStore.make({ url: Redacted.make(`redis://${credentials}127.0.0.1:${port}`) })
        assert.strictEqual(yield* inTime(store.save(account, record(1), Option.none())), `save: ${word}`)
        assert.strictEqual(yield* inTime(store.lease(account, duration)), `lease: ${word}`)
      }))
  }

  it.scopedLive("says WRONGTYPE where the key belongs to something else", () =>
    Effect.gen(function*() {
      const server = yield* RedisServer.start()
      const store = yield* RedisTokenStore.make({ url: urlOf(server) })
      const client = yield* clientOf(server.port)
      yield* Effect.promise(() => client.set(hash, "text"))
      assert.strictEqual(yield* wordsOf(store.load(account)), "load: WRONGTYPE")
      assert.strictEqual(yield* wordsOf(store.save(account, record(1), Option.none())), "save: WRONGTYPE")
    }))

  it.scopedLive("leaves a server that has become a replica", () =>
    Effect.gen(function*() {
      const server = yield* RedisServer.start()
      const store = yield* RedisTokenStore.make({ url: urlOf(server) })
      const client = yield* clientOf(server.port)
      yield* store.save(account, record(1), Option.none())
      yield* Effect.promise(() => client.replicaof("127.0.0.1", 1))
      assert.strictEqual(yield* wordsOf(store.save(account, record(2), Option.none())), "save: READONLY")
      yield* Effect.sleep("200 millis")
      assert.match(yield* Effect.promise(() => client.info("clients")), /connected_clients:1\r/)
    }))

  it.scopedLive("has a password answered once for each operation, not again and again", () =>
    Effect.gen(function*() {
      const { port } = yield* RedisServer.start({ parameters: ["--requirepass", "right"] })
      const store = yield* RedisTokenStore.make({ url: Redacted.make(`redis://:wrong@127.0.0.1:${port}`) })
      yield* wordsOf(store.load(account))
      yield* Effect.sleep("1 second")
      const client = yield* clientOf(port, { password: "right" })
      const stats = yield* Effect.promise(() => client.info("commandstats"))
      assert.match(stats, /cmdstat_auth:calls=2,/)
    }))
})

describe.skipIf(!RedisServer.isInstalled)("the client of the Redis store", () => {
  it.scopedLive("is closed with the scope, after which the store fails and connects no more", () =>
    Effect.gen(function*() {
      const server = yield* RedisServer.start()
      const client = yield* clientOf(server.port)
      const scope = yield* Scope.make()
      const store = yield* Scope.extend(RedisTokenStore.make({ url: urlOf(server) }), scope)
      yield* store.load(account)
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual(yield* wordsOf(store.load(account)), "load: the store is closed")
      yield* Effect.sleep("100 millis")
      assert.match(yield* Effect.promise(() => client.info("clients")), /connected_clients:1\r/)
    }))

  it.scopedLive("is left alone where it is the consumer's, who may close it", () =>
    Effect.gen(function*() {
      const server = yield* RedisServer.start()
      const client = yield* clientOf(server.port, { lazyConnect: true })
      const store = yield* Effect.scoped(Effect.tap(RedisTokenStore.make({ client }), (store) => store.load(account)))
      assert.strictEqual(client.status, "ready")
      assert.isUndefined(generationOf(yield* store.load(account)))
      client.disconnect()
      yield* Effect.sleep("50 millis")
      assert.strictEqual(yield* inTime(store.load(account)), "load: the client is closed")
    }))

  for (const state of ["running", "paused", "gone"] as const) {
    it.scopedLive(`lets the process end while Redis is ${state}`, () =>
      Effect.gen(function*() {
        const server = yield* RedisServer.start()
        const path = fileURLToPath(new URL("process.ts", import.meta.url))
        const child = yield* Effect.acquireRelease(
          Effect.sync(() =>
            spawn(process.execPath, ["--import", "tsx", path, String(server.port)], {
              cwd: fileURLToPath(new URL("../../..", import.meta.url))
            })
          ),
          (child) => Effect.sync(() => child.kill("SIGKILL"))
        )
        let output = ""
        child.stdout.on("data", (chunk: Buffer) => {
          output += String(chunk)
        })
        const line = (text: string) => Effect.repeat(Effect.sleep("5 millis"), { until: () => output.includes(text) })
        child.stderr.on("data", (chunk: Buffer) => {
          output += `stderr: ${chunk}`
        })
        yield* line("used")
        if (state === "paused") {
          yield* server.kill("SIGSTOP")
        }
        if (state === "gone") {
          yield* server.kill("SIGKILL")
        }
        const closed = Effect.async<void>((resume) => {
          child.once("close", () => resume(Effect.void))
        })
        child.stdin.end("end")
        yield* line("closed")
        const [took] = yield* Effect.timed(closed)
        assert.isBelow(Duration.toMillis(took), 1000)
        assert.strictEqual(output, "used\nclosed\n")
      }))
  }
})

/** A wire to a port, that can be cut, held and lost. */
const wire = (target: number) =>
  Effect.gen(function*() {
    const sockets = new Set<Socket>()
    const lost = new Set<Socket>()
    let held = false
    const server = createServer((here) => {
      const there = new (here.constructor as typeof Socket)().connect(target, "127.0.0.1")
      for (const [from, to] of [[here, there], [there, here]] as const) {
        sockets.add(from)
        from.on("data", (data) => {
          if (!held && !lost.has(from)) {
            to.write(data)
          }
        })
        from.on("close", () => {
          sockets.delete(from)
          to.destroy()
        })
        from.on("error", () => {})
      }
    })
    const cut = () => sockets.forEach((socket) => socket.destroy())
    yield* Effect.acquireRelease(
      Effect.async<void>((resume) => {
        server.listen(0, "127.0.0.1", () => resume(Effect.void))
      }),
      () =>
        Effect.sync(() => {
          cut()
          server.close()
        })
    )
    const address = server.address()
    return {
      port: typeof address === "object" && address !== null ? address.port : 0,
      cut,
      hold: (hold: boolean) => {
        held = hold
      },
      lose: () => sockets.forEach((socket) => lost.add(socket))
    }
  })
