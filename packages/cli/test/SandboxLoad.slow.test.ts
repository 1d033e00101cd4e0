import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { existsSync, readFileSync } from "node:fs"
import * as Net from "node:net"
import { makeHome } from "./command.js"

const total = 60_000

const post = (path: string, body: string) =>
  `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json;charset=UTF-8\r\nAPIVersion: 3\r\n` +
  `Content-Length: ${body.length}\r\n\r\n${body}`

/** Requests of each kind that a client may repeat: accepted, refused, and to a path of their own. */
const requestOf = (at: number) =>
  at % 50 === 0
    ? post(`/api/report/${at}`, "{}")
    : at % 3 === 0
    ? post("/api/access_token", "{\"username\":\"user1\",\"password\":\"pass1\"}")
    : at % 3 === 1
    ? post("/api/access_token", "{\"username\":\"user1\",\"password\":\"wrong\"}")
    : post("/api/refresh_token", `{"refreshToken":"${at}"}`)

/** Sends all requests on some connections, each after the answer to the one before. */
const load = async (port: number) => {
  let sent = 0
  await Promise.all(Array.from({ length: 16 }, () =>
    new Promise<void>((resolve, reject) => {
      const socket = Net.connect(port, "127.0.0.1")
      const next = () => {
        if (sent < total) {
          socket.write(requestOf(sent++))
        } else {
          socket.destroy()
          resolve()
        }
      }
      socket.on("error", reject).on("connect", next)
      // Every answer is an envelope, which ends with two braces.
      socket.on("data", (chunk: Buffer) => chunk.toString("latin1").endsWith("}}") && next())
    })))
}

const megabytes = (pid: number) =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024

describe.skipIf(!existsSync("/proc/self/status"))("the sandbox (/proc)", () => {
  it.scopedLive("holds less than 150 MB after 60,000 requests, whose lines it writes", () =>
    Effect.gen(function*() {
      const { start } = yield* makeHome
      let most = Infinity
      yield* start(["sandbox", "--json"], {
        whileRunning: (child) => {
          child.stdout?.once("data", (line: string) => {
            const { url } = JSON.parse(line) as { readonly url: string }
            void load(Number(new URL(url).port)).then(() => {
              most = megabytes(child.pid ?? 0)
            }).finally(() => child.kill("SIGTERM"))
          })
        }
      })
      assert.isBelow(most, 150)
    }), 600_000)
})
