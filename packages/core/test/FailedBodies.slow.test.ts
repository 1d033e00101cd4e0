import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import { createServer, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { fileURLToPath } from "node:url"
import { createGzip, gzipSync } from "node:zlib"

const sixfold = { "content-encoding": Array.from({ length: 6 }, () => "gzip").join(", ") }
const gzip = { "content-encoding": "gzip" }

/** Writes until the client closes the connection. */
const endlessly = (response: ServerResponse, write: () => unknown) => {
  const timer = setInterval(write, 5)
  response.on("close", () => clearInterval(timer))
}

const garbage = (response: ServerResponse) => endlessly(response, () => response.write(Buffer.alloc(1000, "x")))

interface Body {
  readonly send: (response: ServerResponse) => void
  /** How the requests of the library end, and how a request through `httpClient` ends, with and without a scope. */
  readonly ends: readonly [string, string]
  /** Node's fetch keeps the connection of a response that fetch itself rejects, and offers no way to close it. */
  readonly isKept?: boolean
}

const bodies: { readonly [name: string]: Body } = {
  "six-times-gzip": {
    send: (response) => garbage(response.writeHead(200, sixfold)),
    ends: ["TransportFailure", "RequestError"],
    isKept: true
  },
  "six-times-gzip-of-a-502": {
    send: (response) => garbage(response.writeHead(502, sixfold)),
    ends: ["TransportFailure", "RequestError"],
    isKept: true
  },
  "gzip-by-name-only": {
    send: (response) => garbage(response.writeHead(200, gzip)),
    ends: ["UnexpectedResponse", "ResponseError"]
  },
  "damaged-gzip": {
    send: (response) => {
      response.writeHead(200, gzip).write(gzipSync(`{"code":20000}`).subarray(0, 12))
      setTimeout(() => garbage(response), 20)
    },
    ends: ["UnexpectedResponse", "ResponseError"]
  },
  "cut-by-the-server": {
    send: (response) => {
      response.writeHead(200, { "content-length": "1000" }).write("{")
      setTimeout(() => response.destroy(), 20)
    },
    ends: ["UnexpectedResponse", "ResponseError"]
  },
  "chunk-without-length": {
    send: (response) => {
      response.writeHead(200).write("{")
      setTimeout(() => response.socket?.write("no length\r\n\r\n"), 20)
    },
    ends: ["UnexpectedResponse", "ResponseError"]
  },
  "too-large": {
    send: (response) => garbage(response.writeHead(200)),
    ends: ["UnexpectedResponse", "TimeoutException"]
  },
  "too-large-when-decompressed": {
    send: (response) => {
      const compressed = createGzip()
      compressed.pipe(response.writeHead(200, gzip))
      endlessly(response, () => compressed.write(Buffer.alloc(1_000_000)))
    },
    ends: ["UnexpectedResponse", "TimeoutException"]
  },
  "too-slow": {
    send: (response) => endlessly(response.writeHead(200), () => response.write(" ")),
    ends: ["TransportFailure", "TimeoutException"]
  }
}

/** A server with a base URL for each kind of body, and the paths of the responses that are under way. */
const serve = Effect.map(
  Effect.acquireRelease(
    Effect.async<{ readonly url: string; readonly underWay: Map<ServerResponse, string>; readonly close: () => void }>(
      (resume) => {
        const underWay = new Map<ServerResponse, string>()
        const server = createServer((request, response) => {
          const name = request.url?.split("/")[1] ?? ""
          underWay.set(response, name)
          response.on("close", () => underWay.delete(response))
          request.resume()
          bodies[name]?.send(response)
        })
        server.listen(0, "127.0.0.1", () => {
          const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
          resume(Effect.succeed({ url, underWay, close: () => server.close().closeAllConnections() }))
        })
      }
    ),
    ({ close }) => Effect.sync(close)
  ),
  ({ underWay, url }) => ({ underWay, url })
)

interface Ended {
  readonly signal: NodeJS.Signals | null
  readonly lines: ReadonlyArray<string>
  readonly err: string
  /** What was under way a moment after the last request had ended. */
  readonly left: ReadonlyArray<string>
}

const program = fileURLToPath(new URL("bodies/client.ts", import.meta.url))

const run = (urls: ReadonlyArray<string>, underWay: ReadonlyMap<ServerResponse, string>) =>
  Effect.async<Ended>((resume) => {
    const child = spawn(process.execPath, ["--import", "tsx", program, ...urls])
    let out = ""
    let err = ""
    let left: ReadonlyArray<string> = []
    const end = () => {
      left = [...underWay.values()]
      child.kill("SIGTERM")
    }
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text
      if (out.endsWith("done\n")) {
        setTimeout(end, 300)
      }
    })
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      err += text
    })
    child.on("close", (_code, signal) => resume(Effect.succeed({ signal, lines: out.trim().split("\n"), err, left })))
    return Effect.sync(() => child.kill("SIGKILL"))
  })

describe("a body that fails", () => {
  it.scopedLive("ends its request and closes its connection, and the process goes on", () =>
    Effect.gen(function*() {
      const { underWay, url } = yield* serve
      const names = Object.keys(bodies)
      const { err, left, lines, signal } = yield* run(names.map((name) => `${url}/${name}`), underWay)
      assert.strictEqual(err, "")
      assert.strictEqual(signal, "SIGTERM", "the process ended by itself")
      const expected = Object.entries(bodies).flatMap(([name, { ends: [ours, theirs] }]) =>
        ["fetch", "retried"].flatMap((client) => [
          `/${name} ${client} acquire ${ours}`,
          `/${name} ${client} call ${ours}`,
          `/${name} ${client} httpClient ${theirs}`,
          `/${name} ${client} withScope ${theirs}`
        ])
      )
      assert.deepStrictEqual([...lines].sort(), ["done", ...expected].sort())
      assert.deepStrictEqual(left.filter((name) => bodies[name]?.isKept !== true), [])
    }), 60_000)
})
