import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Diagnostics from "node:diagnostics_channel"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { Socket } from "node:net"

/**
 * What a server sees, counted below it: by Node itself, for every server that listens in this process.
 */
export interface Census {
  /** The requests that came, in order. */
  readonly requests: ReadonlyArray<{ readonly path: string; readonly at: number }>
  /** Connections that are open. */
  readonly open: Effect.Effect<number>
  /** Requests whose answer is neither complete nor given up. */
  readonly busy: Effect.Effect<number>
  /** The most bytes that went out on one connection that is closed by now. */
  readonly mostSent: Effect.Effect<number>
  /** Forgets what it has seen. */
  readonly clear: Effect.Effect<void>
  /** Ends the connections that are open. */
  readonly hangUp: Effect.Effect<unknown>
}

interface Accepted {
  readonly socket: Socket
}

interface Started {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly socket: Socket
}

/** Counts at the server of a port until the scope ends. */
export const of = (port: number): Effect.Effect<Census, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => {
        const requests: Array<{ path: string; at: number }> = []
        const open = new Set<Socket>()
        let busy = 0
        let mostSent = 0
        const destroyed = settled(
          Effect.sync(() => {
            open.forEach((socket) => socket.destroy())
            return open.size
          }),
          (size) => size === 0
        )
        const accepted = (message: unknown) => {
          const { socket } = message as Accepted
          if (socket.localPort === port) {
            open.add(socket)
            socket.once("close", () => {
              open.delete(socket)
              mostSent = Math.max(mostSent, socket.bytesWritten)
            })
          }
        }
        const started = (message: unknown) => {
          const { request, response, socket } = message as Started
          if (socket.localPort === port) {
            requests.push({ path: request.url ?? "", at: performance.now() })
            busy++
            response.once("close", () => busy--)
          }
        }
        Diagnostics.subscribe("net.server.socket", accepted)
        Diagnostics.subscribe("http.server.request.start", started)
        return {
          census: {
            requests,
            open: Effect.sync(() => open.size),
            busy: Effect.sync(() => busy),
            mostSent: Effect.sync(() => mostSent),
            clear: Effect.sync(() => {
              requests.length = 0
              mostSent = 0
            }),
            // An aborted fetch may connect anew for nobody: once more after a moment.
            hangUp: destroyed.pipe(Effect.zipRight(Effect.sleep("10 millis")), Effect.zipRight(destroyed))
          },
          stop: () => {
            Diagnostics.unsubscribe("net.server.socket", accepted)
            Diagnostics.unsubscribe("http.server.request.start", started)
          }
        }
      }),
      ({ stop }) => Effect.sync(stop)
    ),
    ({ census }) => census
  )

/** Waits until something is as it should be, and gives what it is then or when patience ends. */
export const settled = <A>(read: Effect.Effect<A>, isSettled: (a: A) => boolean): Effect.Effect<A> =>
  read.pipe(
    Effect.filterOrFail(isSettled, (a) => a),
    Effect.retry(Schedule.intersect(Schedule.spaced("5 millis"), Schedule.recurs(600))),
    Effect.merge
  )
