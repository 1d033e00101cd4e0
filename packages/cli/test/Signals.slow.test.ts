import { assert, describe, it } from "@effect/vitest"
import type * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { ChildProcess } from "node:child_process"
import * as Net from "node:net"
import { account, makeHome, type Outcome, serve, signedIn } from "./command.js"

const interruptAfter = (...millis: ReadonlyArray<number>) => (child: ChildProcess) => {
  for (const moment of millis) {
    setTimeout(() => child.kill("SIGINT"), moment)
  }
}

/** Sends the signal as soon as the refresh request has been received, and again after each of the times. */
const signalRefresh =
  (sandbox: Sandbox.Service, signal: NodeJS.Signals, ...later: ReadonlyArray<number>) => (child: ChildProcess) => {
    const poll = setInterval(() => {
      if (Effect.runSync(sandbox.requests).refresh > 0) {
        clearInterval(poll)
        for (const millis of [0, ...later]) {
          setTimeout(() => child.kill(signal), millis)
        }
      }
    }, 10)
    child.once("exit", () => clearInterval(poll))
  }

// Before its first line of code runs, it is the signal itself that ends a process, and the shell that says 130.
const isOrderly = ({ code, signal }: Outcome) => code === 0 || code === 130 || signal === "SIGINT"

describe("Ctrl-C", () => {
  it.scopedLive("at any moment of a refresh leaves a pair that is good", () =>
    Effect.gen(function*() {
      const { sandbox, url } = yield* serve({ latency: "300 millis" })
      const { run, start } = yield* signedIn(url)
      for (const moment of [50, 200, 350, 500, 650, 800, 1000]) {
        const outcome = yield* start(["refresh"], { whileRunning: interruptAfter(moment) })
        assert.isTrue(isOrderly(outcome), JSON.stringify(outcome))
        assert.strictEqual(outcome.err, "", `after ${moment} ms`)
        const { code, err, out } = yield* run("token")
        assert.strictEqual(code, 0, `after ${moment} ms: ${err}`)
        assert.isTrue(yield* sandbox.accepts(Redacted.make(out.trim())), `after ${moment} ms`)
      }
      assert.strictEqual((yield* sandbox.requests).acquire, 1)
    }), 60_000)

  it.scopedLive("at any moment of a login leaves a store that the next one can use", () =>
    Effect.gen(function*() {
      const { sandbox, url } = yield* serve({ latency: "300 millis" })
      for (const moment of [150, 400, 700]) {
        const { start } = yield* makeHome
        const outcome = yield* start(["token"], { env: account(url), whileRunning: interruptAfter(moment) })
        assert.isTrue(isOrderly(outcome), JSON.stringify(outcome))
        const { code, err, out } = yield* start(["token"], { env: account(url) })
        assert.strictEqual(code, 0, err)
        assert.isTrue(yield* sandbox.accepts(Redacted.make(out.trim())))
      }
    }), 60_000)

  it.scopedLive(
    "waits a moment for an answer that is under way, and a second one does not",
    () =>
      Effect.gen(function*() {
        const { sandbox, url } = yield* serve()
        const { start } = yield* signedIn(url)
        yield* sandbox.configure({ latency: "20 seconds" })
        const waiting = start(["refresh"], { whileRunning: signalRefresh(sandbox, "SIGINT") })
        const [waited, once] = yield* Effect.timed(waiting)
        assert.strictEqual(once.code, 130, JSON.stringify(once))
        assert.isBelow(Duration.toMillis(waited), 15_000)
        yield* sandbox.clear
        const twice = yield* start(["refresh"], { whileRunning: signalRefresh(sandbox, "SIGINT", 300) })
        assert.isTrue(twice.code === 130 || twice.signal === "SIGINT", JSON.stringify(twice))
      }),
    60_000
  )
})

const signals = [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129], ["SIGQUIT", 131]] as const

describe("a signal", () => {
  for (const [signal, expected] of signals) {
    it.scopedLive(
      `${signal} during a refresh saves the new pair, and the exit code is ${expected}`,
      () =>
        Effect.gen(function*() {
          const { sandbox, url } = yield* serve()
          const { run, start } = yield* signedIn(url)
          yield* sandbox.configure({ latency: "1200 millis" })
          // Early enough for the response to come within the time that a close waits.
          const whileRunning = signalRefresh(sandbox, signal)
          const outcome = yield* start(["refresh"], { whileRunning })
          assert.strictEqual(outcome.code, expected, JSON.stringify(outcome))
          yield* sandbox.configure({ latency: "0 millis" })
          assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 1, report: 0 })
          const { out } = yield* run("token", "--json")
          const { accessToken, generation } = JSON.parse(out) as {
            readonly accessToken: string
            readonly generation: number
          }
          assert.strictEqual(generation, 2)
          assert.isTrue(yield* sandbox.accepts(Redacted.make(accessToken)))
          assert.deepStrictEqual(yield* sandbox.requests, { acquire: 1, refresh: 1, report: 0 })
        }),
      60_000
    )
  }
})

describe("SIGTERM", () => {
  it.scopedLive("ends the sandbox within two seconds, whatever is connected", () =>
    Effect.gen(function*() {
      const { start } = yield* makeHome
      const sockets: Array<Net.Socket> = []
      let stopped = 0
      const outcome = yield* start(["sandbox", "--port", "0", "--json"], {
        whileRunning: (child) => {
          child.stdout?.once("data", (line: string) => {
            const { url } = JSON.parse(line) as { readonly url: string }
            for (const bytes of connections) {
              const socket = Net.connect({ port: Number(new URL(url).port), host: "127.0.0.1", allowHalfOpen: true })
              sockets.push(socket.on("error", () => {}))
              socket.write(bytes)
            }
            setTimeout(() => {
              stopped = Date.now()
              child.kill("SIGTERM")
            }, 1000)
          })
        }
      })
      assert.isBelow(Date.now() - stopped, 2000)
      assert.strictEqual(outcome.code, 143, JSON.stringify(outcome))
      sockets.forEach((socket) => socket.destroy())
    }), 60_000)
})

const connections = [
  "",
  "POST /api/access_token HTTP/1.1\r\nHost: a\r\n",
  "POST /api/access_token HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{",
  "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
  "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
  "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
  "GET /_sandbox/journal/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
  "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n",
  "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
]
