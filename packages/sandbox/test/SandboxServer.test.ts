import { assert, describe, it } from "@effect/vitest"
import * as Fault from "@jindouyun/sandbox/Fault"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as SandboxServer from "@jindouyun/sandbox/SandboxServer"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { connect, type Received, roundTrip } from "./support/rawSocket.js"

const request = readFileSync(new URL("fixtures/acquire-request.http", import.meta.url))

const receive = Effect.flatMap(SandboxServer.SandboxServer, ({ url }) => Effect.promise(() => roundTrip(url, request)))

const receiveWith = (...faults: ReadonlyArray<Fault.Fault>) =>
  Effect.flatMap(Sandbox.Sandbox, (sandbox) => Effect.zipRight(sandbox.inject("acquire", ...faults), receive))

const bodyOf = ({ bytes }: Received) => bytes.subarray(bytes.indexOf("\r\n\r\n") + 4)
const lengthOf = ({ bytes }: Received) => Number(/^content-length: (\d+)$/im.exec(bytes.toString())?.[1])

const open = (options?: SandboxServer.Options) =>
  Effect.gen(function*() {
    const scope = yield* Scope.make()
    const context = yield* Layer.buildWithScope(SandboxServer.layer(options), scope)
    return { close: Scope.close(scope, Exit.void), context }
  })

describe("SandboxServer", () => {
  it.live("listens on a free port of the loopback address", () =>
    Effect.gen(function*() {
      assert.match((yield* SandboxServer.SandboxServer).url, /^http:\/\/127\.0\.0\.1:\d+$/)
    }).pipe(Effect.provide(SandboxServer.layer())))

  it.live("is a platform of its own, also beside another in one program", () =>
    Effect.gen(function*() {
      const memoMap = yield* Layer.makeMemoMap
      const scope = yield* Effect.scope
      const both = yield* Effect.forEach([{ password: "other" }, {}], (options) =>
        Layer.buildWithMemoMap(SandboxServer.layer(options), memoMap, scope))
      const answers = yield* Effect.forEach(both, (context) =>
        Effect.provide(receive, context))
      assert.deepStrictEqual(
        answers.map((answer) => (JSON.parse(bodyOf(answer).toString()) as { readonly code: unknown }).code),
        ["40001", "20000"]
      )
    }).pipe(Effect.scoped))

  for (const fault of [Fault.resetBeforeActing, Fault.resetAfterActing]) {
    it.live(`${fault._tag}: the client's socket sees ECONNRESET and not one byte`, () =>
      Effect.gen(function*() {
        const received = yield* receiveWith(fault)
        assert.strictEqual(received.error, "ECONNRESET")
        assert.strictEqual(received.bytes.length, 0)
      }).pipe(Effect.provide(SandboxServer.layer())))
  }

  it.live("truncate: the client's socket sees a short body under the length of the whole", () =>
    Effect.gen(function*() {
      const whole = yield* receive
      for (const bytes of [0, 1, 50]) {
        const received = yield* receiveWith(Fault.truncate(bytes))
        assert.isUndefined(received.error)
        assert.strictEqual(lengthOf(received), bodyOf(whole).length)
        assert.strictEqual(bodyOf(received).length, bytes)
        // Further on there are tokens, which differ.
        assert.deepStrictEqual(bodyOf(received), bodyOf(whole).subarray(0, bytes))
      }
    }).pipe(Effect.provide(SandboxServer.layer())))

  it.live("slowBody: the client's socket sees the head at once and then a byte a second", () =>
    Effect.gen(function*() {
      const { url } = yield* SandboxServer.SandboxServer
      yield* (yield* Sandbox.Sandbox).inject("acquire", Fault.slowBody)
      let text = ""
      const socket = connect(url).on("data", (chunk: Buffer) => (text += chunk.toString()))
      socket.write(request)
      yield* Effect.sleep("2500 millis")
      socket.destroy()
      assert.match(text, /^HTTP\/1\.1 200 OK\r\n/)
      assert.strictEqual(text.split("\r\n\r\n")[1], "{\"")
    }).pipe(Effect.provide(SandboxServer.layer())))

  it.live("invalidUtf8: the bytes arrive as they are", () =>
    Effect.gen(function*() {
      const body = bodyOf(yield* receiveWith(Fault.invalidUtf8))
      assert.throws(() => new TextDecoder("utf-8", { fatal: true }).decode(body))
      assert.include(new TextDecoder("gbk").decode(body), "数据返回正确")
    }).pipe(Effect.provide(SandboxServer.layer())))

  it.live("serves on after every fault", () =>
    Effect.gen(function*() {
      yield* receiveWith(Fault.resetAfterActing)
      yield* receiveWith(Fault.truncate(3))
      yield* receiveWith(Fault.empty)
      assert.include(bodyOf(yield* receive).toString(), "\"20000\"")
      assert.strictEqual(yield* (yield* Sandbox.Sandbox).maxOverlap, 1)
    }).pipe(Effect.provide(SandboxServer.layer())))

  it.live("closes at once, cutting whatever hangs on it, and leaves the port", () =>
    Effect.gen(function*() {
      const { close, context } = yield* open({ latency: "1 hour" })
      const { url } = yield* Effect.provide(SandboxServer.SandboxServer, context)
      const waiting = roundTrip(url, request)
      const halfSent = roundTrip(url, request.subarray(0, 50))
      const silent = connect(url)
      yield* Effect.promise(() => once(silent, "connect"))
      const silentClosed = once(silent, "close")
      yield* Effect.sleep("100 millis")
      yield* Effect.timeout(close, "2 seconds")
      const ends = yield* Effect.promise(() => Promise.all([waiting, halfSent, silentClosed]))
      assert.strictEqual(ends[0].bytes.length, 0)
      const after = yield* Effect.promise(() => roundTrip(url, request))
      assert.strictEqual(after.error, "ECONNREFUSED")
    }))

  it.live("says when the port is taken", () =>
    Effect.gen(function*() {
      const { url } = yield* SandboxServer.SandboxServer
      const error = yield* Effect.flip(
        Effect.scoped(Layer.build(SandboxServer.layer({ port: Number(new URL(url).port) })))
      )
      assert.strictEqual(error._tag, "ServeError")
    }).pipe(Effect.provide(SandboxServer.layer())))
})
