/** A server on loopback that answers the commands of Redis as a test tells it to, and keeps what it was sent. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { createServer, type Socket } from "node:net"
import { createServer as createTlsServer, type TlsOptions } from "node:tls"

/** A line of the protocol; or the server says nothing, or ends the connection. */
export type Answer = string | "silence" | "close"

export interface FakeRedis {
  readonly port: number
  /** The commands of each connection, in order. */
  readonly connections: ReadonlyArray<Array<ReadonlyArray<string>>>
}

/** `answer` gets the words of a command, the first in capitals, and the number of the connection, from 0. */
export const serve = (
  answer: (command: ReadonlyArray<string>, connection: number) => Answer,
  options: { readonly host?: string; readonly port?: number; readonly tls?: TlsOptions } = {}
): Effect.Effect<FakeRedis, never, Scope.Scope> =>
  Effect.gen(function*() {
    const connections: Array<Array<ReadonlyArray<string>>> = []
    const sockets = new Set<Socket>()
    const accept = (socket: Socket) => {
      const commands: Array<ReadonlyArray<string>> = []
      const number = connections.push(commands) - 1
      let rest = ""
      sockets.add(socket)
      socket.on("error", () => {})
      socket.on("close", () => sockets.delete(socket))
      socket.on("data", (chunk) => {
        rest += String(chunk)
        for (let [command, after] = read(rest); command !== undefined; [command, after] = read(rest)) {
          rest = after
          commands.push(command)
          const line = answer(command, number)
          if (line === "close") {
            socket.destroy()
          } else if (line !== "silence") {
            socket.write(`${line}\r\n`)
          }
        }
      })
    }
    const server = options.tls === undefined ? createServer(accept) : createTlsServer(options.tls, accept)
    yield* Effect.acquireRelease(
      Effect.async<void>((resume) => {
        server.listen(options.port ?? 0, options.host ?? "127.0.0.1", () => resume(Effect.void))
      }),
      () =>
        Effect.sync(() => {
          sockets.forEach((socket) => socket.destroy())
          server.close()
        })
    )
    const address = server.address()
    return { port: typeof address === "object" && address !== null ? address.port : 0, connections }
  })

/** The first whole command, an array of bulk strings, and what follows it. */
const read = (text: string): readonly [ReadonlyArray<string> | undefined, string] => {
  const lines = text.split("\r\n")
  const count = Number(lines[0]?.slice(1))
  if (!text.startsWith("*") || lines.length <= 2 * count + 1) {
    return [undefined, text]
  }
  const words = Array.from({ length: count }, (_, index) => lines[2 * index + 2] ?? "")
  return [[String(words[0]).toUpperCase(), ...words.slice(1)], lines.slice(2 * count + 1).join("\r\n")]
}
