/** A run that leaves one of everything behind on purpose, and prints the problems that the oracle finds. */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Net from "node:net"
import { problemsOf } from "../../runs/handles/oracle.js"
import { play } from "../../runs/handles/Play.js"

const fibers = 400

const kept: Array<unknown> = []

const connect = (baseUrl: string): Net.Socket => {
  const { hostname, port } = new URL(baseUrl)
  return Net.connect(Number(port), hostname).on("error", () => {})
}

const body = JSON.stringify({ username: "twice" })

const acquire = (baseUrl: string): void => {
  const socket = connect(baseUrl)
  socket.write(`POST /api/access_token HTTP/1.1\r\nhost: a\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
  setTimeout(() => socket.destroy(), 3000)
}

/** What is left behind before each caller. */
const always = (caller: number, baseUrl: string): Effect.Effect<unknown> =>
  Effect.sync(() => {
    kept.push(Array.from({ length: 3000 }, () => caller))
    if (caller < 200) {
      acquire(baseUrl)
    }
  }).pipe(Effect.zipRight(Metric.increment(Metric.tagged(Metric.counter("left"), "account", `left${caller}`))))

/** What is left behind once, before which caller. The last one comes when the layers are about to close. */
const once: { readonly [caller: number]: (baseUrl: string) => Effect.Effect<unknown> } = {
  10: () => Effect.sync(() => setInterval(() => {}, 1_000_000)),
  20: () => Effect.sync(() => kept.push(Effect.runFork(Effect.never))),
  25: () => Effect.sync(() => process.on("SIGUSR2", () => {})),
  30: () => Effect.sync(() => void Promise.reject(new Error("left behind"))),
  40: () =>
    Effect.sync(() =>
      setTimeout(() => {
        throw new Error("left behind")
      })
    ),
  50: () => Effect.die("left behind"),
  [fibers]: (baseUrl) =>
    Effect.sync(() => {
      connect(baseUrl).write("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n")
      connect(baseUrl)
    }),
  [fibers + 1]: () => Effect.uninterruptible(Effect.never)
}

const seen = await Effect.runPromise(
  play({
    client: "node",
    fibers,
    seconds: 1,
    seed: 1,
    before: (caller, baseUrl) => Effect.zipRight(always(caller, baseUrl), once[caller]?.(baseUrl) ?? Effect.void)
  })
)
console.log(JSON.stringify(problemsOf(seen)))
process.exit()
