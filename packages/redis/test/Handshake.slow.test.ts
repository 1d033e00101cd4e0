import { assert, describe, it } from "@effect/vitest"
import * as Hint from "@jindouyun/core/Hint"
import type { StoreFailure } from "@jindouyun/core/JindouyunError"
import * as TokenStore from "@jindouyun/core/TokenStore"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { Cluster, type RedisOptions } from "ioredis"
import { createServer } from "node:net"
import { inspect } from "node:util"
import * as RedisTokenStore from "../src/RedisTokenStore.js"
import { certificates } from "./certificates.js"
import { type Answer, serve } from "./fakeRedis.js"
import * as RedisServer from "./redisServer.js"
import { account, clientOf, duration, record } from "./support.js"

const canary = "canary-4f1d"

const storeOf = (url: string, options: RedisOptions = {}) => RedisTokenStore.make({ url: Redacted.make(url), options })

/** Every operation of a store. */
const operations: ReadonlyArray<
  readonly [StoreFailure["operation"], (store: TokenStore.Service) => Effect.Effect<unknown, StoreFailure>]
> = [
  ["load", (store) => store.load(account)],
  ["save", (store) => store.save(account, record(1), Option.none())],
  ["clear", (store) => store.clear(account)],
  ["lease", (store) => store.lease(account, duration)]
]

/** Fails each operation; the failures name all of `names`, and never the password. */
const assertRefused = (store: TokenStore.Service, ...names: ReadonlyArray<string>) =>
  Effect.forEach(operations, ([operation, run]) =>
    Effect.gen(function*() {
      const failure = yield* Effect.flip(run(store))
      assert.deepInclude(failure, { _tag: "StoreFailure", operation })
      for (const name of names) {
        assert.include(failure.detail, name)
      }
      assert.notInclude(`${failure.message} ${inspect(failure, { depth: 9 })} ${JSON.stringify(failure)}`, canary)
    }), { concurrency: "unbounded", discard: true })

const steps = ["AUTH", "CLIENT", "SELECT"] as const

const names = { AUTH: "AUTH", CLIENT: "CLIENT SETNAME", SELECT: "SELECT" }

const refusals: ReadonlyArray<readonly [string, Answer, string]> = [
  ["an error of Redis", `-ERR refused '${canary}'`, "ERR"],
  ["a missing permission", `-NOPERM User ${canary} has no permissions`, "NOPERM"],
  ["a busy server", "-LOADING Redis is loading the dataset in memory", "LOADING"],
  ["an end of the connection", "close", "the connection was lost"],
  ["silence", "silence", "no answer within 2 seconds"]
]

const wellKnown = (command: string | undefined): Answer =>
  command === "HGET" ? "$-1" : command === "EVAL" ? ":1" : "+OK"

describe("a step of the handshake with Redis", () => {
  for (const step of steps) {
    for (const [how, answer, word] of refusals) {
      it.scopedLive(`${names[step]}, answered with ${how}, fails every operation`, () =>
        Effect.gen(function*() {
          const { connections, port } = yield* serve(([name]) => name === step ? answer : wellKnown(name))
          const store = yield* storeOf(`redis://user:${canary}@127.0.0.1:${port}/7`, { connectionName: "fleet" })
          yield* assertRefused(store, `${names[step]} failed: ${word}`, `127.0.0.1:${port}`, "database 7")
          const sent = connections.flat().map(([name]) => name)
          assert.include(sent, step)
          assert.notIncludeMembers(sent, ["HGET"])
          assert.notIncludeMembers(sent, ["EVAL"])
        }))
    }
  }

  it.scopedLive("that is not answered fails the operations that came later with the same problem", () =>
    Effect.gen(function*() {
      const { port } = yield* serve(() => "silence")
      const store = yield* storeOf(`redis://:${canary}@127.0.0.1:${port}`)
      const failures = yield* Effect.forEach(
        [0, 500],
        (delay) => Effect.flip(Effect.delay(store.load(account), delay)),
        { concurrency: "unbounded" }
      )
      for (const { detail } of failures) {
        assert.include(detail, "AUTH failed: no answer within 2 seconds")
      }
    }))

  it.scopedLive("is sent in order, once a connection, and only where it is asked for", () =>
    Effect.gen(function*() {
      const { connections, port } = yield* serve(([name]) => wellKnown(name))
      const all = yield* storeOf(`redis://user:${canary}@127.0.0.1:${port}/7`, { connectionName: "fleet" })
      yield* Effect.repeatN(all.load(account), 1)
      const password = yield* storeOf(`redis://:${canary}@127.0.0.1:${port}`)
      yield* password.load(account)
      const user = yield* storeOf(`redis://user@127.0.0.1:${port}`)
      yield* user.load(account)
      const none = yield* storeOf(`redis://127.0.0.1:${port}/0`)
      yield* none.load(account)
      const load = ["HGET", `jindouyun:{${account}}`, "record"]
      assert.deepStrictEqual(connections.map((commands) => commands.map((words) => [...words])), [
        [["AUTH", "user", canary], ["CLIENT", "setname", "fleet"], ["SELECT", "7"], load, load],
        [["AUTH", canary], load],
        [["AUTH", "user", ""], load],
        [load]
      ])
    }))

  it.scopedLive("that is refused after a reconnection fails, and nothing is sent to another database", () =>
    Effect.gen(function*() {
      const { connections, port } = yield* serve(([name], connection) =>
        name === "SELECT" && connection > 0
          ? "-ERR DB index is out of range"
          : name === "EVAL" && connection === 0
          ? "close"
          : wellKnown(name)
      )
      const store = yield* storeOf(`redis://127.0.0.1:${port}/7`)
      yield* store.load(account)
      yield* Effect.flip(store.clear(account))
      yield* assertRefused(store, "SELECT failed: ERR DB index is out of range", "database 7")
      assert.deepStrictEqual([...new Set(connections.slice(1).flat().map(([name]) => name))], ["SELECT"])
    }))

  it.scopedLive("that was refused is tried again by the next operation", () =>
    Effect.gen(function*() {
      const { port } = yield* serve(([name], connection) =>
        name === "SELECT" && connection === 0 ? "-LOADING Redis is loading" : wellKnown(name)
      )
      const store = yield* storeOf(`redis://127.0.0.1:${port}/7`)
      assert.include((yield* Effect.flip(store.load(account))).detail, "SELECT failed: LOADING")
      yield* store.load(account)
    }))
})

describe("TLS to Redis", () => {
  it.scopedLive("that is not answered, or refused, is the step that failed", () =>
    Effect.gen(function*() {
      for (const answer of ["silence", "close", "-ERR unknown"]) {
        const server = createServer((socket) => {
          socket.on("error", () => {})
          socket.on("data", () =>
            answer === "close" ? socket.destroy() : answer === "silence" ? undefined : socket.write(`${answer}\r\n`))
        })
        yield* Effect.acquireRelease(
          Effect.async<void>((resume) =>
            void server.listen(0, "127.0.0.1", () => resume(Effect.void))
          ),
          () => Effect.sync(() => server.close())
        )
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        const store = yield* storeOf(`rediss://:${canary}@127.0.0.1:${port}`)
        yield* assertRefused(store, "TLS failed: ", `127.0.0.1:${port}`, "database 0")
      }
    }), 20_000)

  it.scopedLive("is not what fails where nothing listens", () =>
    Effect.gen(function*() {
      const port = yield* RedisServer.freePort
      const store = yield* storeOf(`rediss://:${canary}@127.0.0.1:${port}/3`)
      yield* assertRefused(store, "ECONNREFUSED", `127.0.0.1:${port}`, "database 3")
      assert.notInclude((yield* Effect.flip(store.load(account))).detail, "TLS")
    }))
})

describe("the system's code of a failure of Redis", () => {
  const ended: Answer = "close"
  const codes: ReadonlyArray<readonly [string, (port: number) => readonly [string, RedisOptions], string | undefined]> =
    [
      ["a closed port", () => ["redis://127.0.0.1:1", {}], "ECONNREFUSED"],
      ["a closed port at each address of localhost", () => ["redis://localhost:1", {}], "ECONNREFUSED"],
      ["a closed port with TLS", () => ["rediss://127.0.0.1:1", {}], "ECONNREFUSED"],
      ["a socket that is missing", () => ["redis://localhost", { path: "/nonexistent/redis.sock" }], "ENOENT"],
      ["a server that does not answer TLS", (port) => [`rediss://127.0.0.1:${port}`, {}], "ETIMEDOUT"],
      ["an error of Redis", (port) => [`redis://127.0.0.1:${port}`, {}], undefined],
      ["a refused step", (port) => [`redis://127.0.0.1:${port}/7`, {}], undefined],
      ["an end without an error", (port) => [`redis://:${canary}@127.0.0.1:${port}`, {}], undefined]
    ]
  for (const [how, addressOf, code] of codes) {
    it.scopedLive(`is ${code} for ${how}`, () =>
      Effect.gen(function*() {
        const { port } = yield* serve(([name]) =>
          name === "AUTH" ? ended : name === "SELECT" ? "-ERR DB index is out of range" : "-OOM no memory"
        )
        const failure = yield* Effect.flip((yield* storeOf(...addressOf(port))).load(account))
        assert.strictEqual(failure.systemError, code)
        assert.include(failure.hint, "Redis")
      }))
  }

  it.scopedLive("is that of a client of the program, or of a node of its cluster", () =>
    Effect.gen(function*() {
      const reset = Object.assign(new Error(canary), { code: "ECONNRESET" })
      for (const error of [reset, Object.assign(new Error("no node"), { lastNodeError: reset })]) {
        const store = yield* RedisTokenStore.make({
          client: { status: "ready", connect: () => Promise.resolve(), call: () => Promise.reject(error) }
        })
        assert.strictEqual((yield* Effect.flip(store.load(account))).systemError, "ECONNRESET")
        yield* assertRefused(store, "ECONNRESET")
      }
    }))
})

describe("a server that ends a connection after its answer", () => {
  for (const answer of ["-DENIED Redis is running in protected mode.", "-ERR max number of clients reached"]) {
    it.scopedLive(`fails each operation with that answer: ${answer}`, () =>
      Effect.gen(function*() {
        const ended = new Set<number>()
        const { port } = yield* serve((_command, connection) => {
          const isFirst = !ended.has(connection)
          ended.add(connection)
          return isFirst ? answer : "silence"
        })
        const store = yield* storeOf(`redis://127.0.0.1:${port}`)
        yield* assertRefused(store, answer.slice(1, 7))
      }), 20_000)
  }
})

describe("the address of Redis", () => {
  for (const host of ["127.0.0.1", "::1"]) {
    it.scopedLive(`localhost is ${host} where Redis listens there alone`, () =>
      Effect.gen(function*() {
        const { port } = yield* serve(([name]) => wellKnown(name), { host })
        const store = yield* storeOf(`redis://localhost:${port}/7`)
        yield* store.load(account)
      }))
  }

  it.scopedLive("of the version 6 is written in brackets", () =>
    Effect.gen(function*() {
      const { port } = yield* serve(([name]) => name === "SELECT" ? "-ERR DB index is out of range" : wellKnown(name), {
        host: "::1"
      })
      yield* assertRefused(yield* storeOf(`redis://[::1]:${port}/7`), `[::1]:${port}`)
    }))
})

describe("the hint of a failure of Redis", () => {
  const hintOf = (store: TokenStore.Service) => Effect.map(Effect.flip(store.load(account)), Hint.of)

  it.scopedLive("names Redis, host and port, and where the URL comes from", () =>
    Effect.gen(function*() {
      const port = yield* RedisServer.freePort
      const url = Redacted.make(`redis://127.0.0.1:${port}`)
      const given = yield* hintOf(yield* RedisTokenStore.make({ url }))
      yield* Effect.acquireRelease(
        Effect.sync(() => {
          process.env["JINDOUYUN_REDIS_URL"] = Redacted.value(url)
        }),
        () => Effect.sync(() => delete process.env["JINDOUYUN_REDIS_URL"])
      )
      const read = yield* Effect.provide(
        Effect.flatMap(TokenStore.TokenStore, hintOf),
        RedisTokenStore.layerFromEnv()
      )
      for (const text of [given.en, given.zh, read.en, read.zh]) {
        assert.include(text, "Redis")
        assert.include(text, `127.0.0.1:${port}`)
      }
      assert.include(given.en, "the option url")
      assert.notInclude(given.en + given.zh, "JINDOUYUN_REDIS_URL")
      assert.include(read.en, "JINDOUYUN_REDIS_URL")
      assert.include(read.zh, "JINDOUYUN_REDIS_URL")
    }))

  const causes: ReadonlyArray<readonly [string, Answer, RegExp]> = [
    ["AUTH", "-WRONGPASS invalid username-password pair or user is disabled.", /user and the password/],
    ["SELECT", "-ERR DB index is out of range", /database 7/],
    ["CLIENT", "-NOPERM no permissions", /permission/],
    ["HGET", "-NOPERM no permissions", /permission/],
    ["HGET", "-MOVED 1 127.0.0.1:1", /Cluster/],
    ["HGET", "-OOM command not allowed", /memory/],
    ["HGET", "-READONLY You can't write against a read only replica.", /replica/],
    ["AUTH", "-ERR max number of clients reached", /maxclients/],
    ["AUTH", "-DENIED Redis is running in protected mode.", /protected mode/],
    ["AUTH", "-LOADING Redis is loading the dataset in memory", /not ready/],
    ["AUTH", "close", /rediss:/],
    ["AUTH", "HTTP/1.1 400 Bad Request", /another kind of server/],
    ["AUTH", "-ERR unknown command 'AUTH'", /Enable the command/],
    ["CLIENT", "-ERR Client names cannot contain spaces, newlines or special characters.", /connectionName/],
    ["CLIENT", "-ERR unknown command 'CLIENT'", /Enable the command/],
    ["SELECT", "-ERR unknown command 'SELECT'", /Enable the command/],
    ["HGET", "-ERR unknown command 'HGET', with args beginning with: ", /Enable the command/],
    ["HGET", "-ERR Unknown Redis command called from script script: f0", /Enable the command/],
    ["HGET", "-ERR max number of clients reached", /maxclients/],
    ["HGET", "-NOREPLICAS Not enough good replicas to write.", /min-replicas-to-write/],
    ["HGET", "-CLUSTERDOWN The cluster is down", /slots/],
    ["HGET", "-TRYAGAIN Multiple keys request during rehashing of slot", /not ready/],
    ["HGET", "SSH-2.0-OpenSSH_9.2", /another kind of server/]
  ]
  for (const [command, answer, expected] of causes) {
    it.scopedLive(`follows ${answer} of ${command}`, () =>
      Effect.gen(function*() {
        const { port } = yield* serve(([name]) => name === command ? answer : wellKnown(name))
        const store = yield* storeOf(`redis://:${canary}@127.0.0.1:${port}/7`, { connectionName: "fleet" })
        const { en, zh } = yield* hintOf(store)
        assert.match(en, expected)
        assert.include(zh, "Redis")
      }))
  }

  it.scopedLive("names the state of a client of the program", () =>
    Effect.gen(function*() {
      const { port } = yield* serve(([name]) => name === "SUBSCRIBE" ? "*3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1" : "$-1")
      const client = yield* clientOf(port, { enableReadyCheck: false, disableClientInfo: true })
      const store = yield* RedisTokenStore.make({ client })
      yield* Effect.promise(() => client.subscribe("x"))
      assert.match((yield* hintOf(store)).en, /does not subscribe/)
      client.disconnect()
      yield* Effect.promise(() => new Promise((resolve) => client.once("end", resolve)))
      assert.match((yield* hintOf(store)).en, /another client/)
    }))

  it.scopedLive("names rediss: where a plain connection is cut before the first answer", () =>
    Effect.gen(function*() {
      const { port } = yield* serve(() => "close")
      assert.match((yield* hintOf(yield* storeOf(`redis://127.0.0.1:${port}`))).en, /rediss:/)
    }))
})

describe("a client of the program", () => {
  it.scopedLive("whose database was refused fails every operation", () =>
    Effect.gen(function*() {
      const { connections, port } = yield* serve(([name]) =>
        name === "SELECT" ? "-ERR DB index is out of range" : name === "INFO" ? "$0\r\n" : wellKnown(name)
      )
      const client = yield* clientOf(port, { db: 16, enableReadyCheck: false })
      const store = yield* RedisTokenStore.make({ client })
      yield* assertRefused(store, "SELECT failed: ERR DB index is out of range", `localhost:${port}`, "database 16")
      assert.notIncludeMembers(connections.flat().map(([name]) => name), ["EVAL"])
    }))
})

describe.skipIf(!RedisServer.isInstalled)("the handshake with a real Redis", () => {
  it.scopedLive("fails for a database that Redis does not have, and writes nothing elsewhere", () =>
    Effect.gen(function*() {
      const { port } = yield* RedisServer.start()
      for (const database of [16, 999_999_999]) {
        const store = yield* storeOf(`redis://127.0.0.1:${port}/${database}`)
        yield* assertRefused(store, "SELECT failed: ERR ", `database ${database}`, `127.0.0.1:${port}`)
      }
      for (const db of [-1, 1.5, Number.NaN]) {
        yield* assertRefused(yield* storeOf(`redis://127.0.0.1:${port}`, { db }), "SELECT failed: ERR")
      }
      const client = yield* clientOf(port)
      assert.strictEqual(yield* Effect.promise(() => client.dbsize()), 0)
    }))

  it.scopedLive("uses the database of the URL, and of a client of the program", () =>
    Effect.gen(function*() {
      const { port } = yield* RedisServer.start()
      const store = yield* storeOf(`redis://127.0.0.1:${port}/15`)
      yield* store.save(account, record(1), Option.none())
      const client = yield* clientOf(port, { db: 15 })
      assert.strictEqual(yield* Effect.promise(() => client.dbsize()), 1)
      const ofProgram = yield* RedisTokenStore.make({ client })
      assert.isTrue(Option.isSome(yield* ofProgram.load(account)))
    }))

  it.scopedLive("fails for a password that Redis refuses, does not want, or wants a user for", () =>
    Effect.gen(function*() {
      const open = yield* RedisServer.start()
      const closed = yield* RedisServer.start({
        config: "user default off\nuser fleet on >right ~* &* +@all"
      })
      const rows = [
        [`redis://:${canary}@127.0.0.1:${open.port}`, "AUTH failed: ERR"],
        [`redis://:right@127.0.0.1:${closed.port}`, "AUTH failed: WRONGPASS"],
        [`redis://fleet:${canary}@127.0.0.1:${closed.port}`, "AUTH failed: WRONGPASS"],
        [`redis://fleet@127.0.0.1:${closed.port}`, "AUTH failed: WRONGPASS"],
        [`redis://127.0.0.1:${closed.port}`, "NOAUTH"]
      ] as const
      for (const [url, word] of rows) {
        yield* assertRefused(yield* storeOf(url), word)
      }
    }))

  it.scopedLive("fails for a client name or a database that the user may not set", () =>
    Effect.gen(function*() {
      const commands = RedisTokenStore.commands.map((name) => `+${name}`).join(" ")
      const { port } = yield* RedisServer.start({ config: `user default on nopass ~* resetchannels -@all ${commands}` })
      const url = `redis://127.0.0.1:${port}`
      yield* assertRefused(yield* storeOf(url, { connectionName: "fleet" }), "CLIENT SETNAME failed: NOPERM")
      yield* assertRefused(yield* storeOf(`${url}/1`), "SELECT failed: NOPERM")
    }))

  it.scopedLive("fails for a database of a cluster other than 0, whoever made the client", () =>
    Effect.gen(function*() {
      const { port } = yield* RedisServer.start({
        parameters: ["--cluster-enabled", "yes", "--cluster-announce-ip", "127.0.0.1"]
      })
      const node = yield* clientOf(port)
      yield* Effect.promise(() => node.call("CLUSTER", "ADDSLOTSRANGE", 0, 16383))
      yield* Effect.repeat(Effect.promise(() => node.call("CLUSTER", "INFO")), {
        until: (info) => /state:ok/.test(String(info))
      })
      yield* assertRefused(
        yield* storeOf(`redis://127.0.0.1:${port}/1`),
        "SELECT failed: ERR SELECT is not allowed in cluster mode"
      )
      const client = yield* Effect.acquireRelease(
        Effect.sync(() => new Cluster([{ host: "127.0.0.1", port }], { redisOptions: { db: 1 } })),
        (client) => Effect.sync(() => client.disconnect())
      )
      client.on("error", () => {})
      yield* assertRefused(yield* RedisTokenStore.make({ client }), "SELECT failed: ERR", "database 1")
    }))

  it.scopedLive("fails for a port that speaks TLS, and for TLS to one that does not", () =>
    Effect.gen(function*() {
      const plain = yield* RedisServer.start()
      yield* assertRefused(yield* storeOf(`rediss://127.0.0.1:${plain.port}`), "TLS failed: ")
      const { parameters } = yield* certificates
      const tls = yield* RedisServer.start({ tls: true, parameters: [...parameters, "--tls-auth-clients", "no"] })
      yield* assertRefused(yield* storeOf(`redis://127.0.0.1:${tls.port}`), `127.0.0.1:${tls.port}`, "database 0")
      yield* assertRefused(yield* storeOf(`redis://:${canary}@127.0.0.1:${tls.port}`), "AUTH failed: ")
    }), 20_000)

  it.scopedLive("fails for a certificate that the server or the client does not accept", () =>
    Effect.gen(function*() {
      const { file, parameters } = yield* certificates
      const { port } = yield* RedisServer.start({ tls: true, parameters: [...parameters, "--tls-auth-clients", "yes"] })
      const ca = file("authority.crt")
      const own = { cert: file("localhost.crt"), key: file("localhost.key") }
      const foreign = { cert: file("foreign.crt"), key: file("foreign.key") }
      for (const url of [`rediss://localhost:${port}`, `rediss://:${canary}@localhost:${port}/3`]) {
        for (const tls of [{}, { ca }, { ca, ...foreign }]) {
          yield* assertRefused(yield* storeOf(url, { tls }), "TLS failed: ", `localhost:${port}`)
        }
      }
      yield* (yield* storeOf(`rediss://localhost:${port}/3`, { tls: { ca, ...own } })).load(account)
    }), 20_000)
})
