/** A server of TLS on a loopback port, and the three clients that trust its certificates. */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Agent, type Dispatcher, fetch, type RequestInit } from "@effect/platform-node/Undici"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { readFileSync } from "node:fs"
import * as Net from "node:net"
import * as Tls from "node:tls"

/** The private key and the certificate of a file in `matrix`, which the tests on Effect 4 read as well. */
export const pem = (name: "self-signed" | "expired" | "other-host"): string =>
  readFileSync(new URL(`../../core/test/matrix/${name}.pem`, import.meta.url), "utf8")

/** Each client, trusting these certificates and no other. The fetch is undici's own, because it takes an agent. */
export const clients = (
  ...ca: ReadonlyArray<string>
): { readonly [name: string]: Layer.Layer<HttpClient.HttpClient> } => {
  const agent = Effect.acquireRelease(
    Effect.sync(() => new Agent({ connect: { ca: [...ca] } })),
    (agent) => Effect.promise(() => agent.destroy())
  )
  const fetchWith = (dispatcher: Dispatcher) =>
    ((input: string, init: RequestInit) => fetch(input, { ...init, dispatcher })) as unknown as typeof globalThis.fetch
  return {
    fetch: FetchHttpClient.layer.pipe(
      Layer.provideMerge(Layer.scoped(FetchHttpClient.Fetch, Effect.map(agent, fetchWith)))
    ),
    undici: NodeHttpClient.layerUndiciWithoutDispatcher.pipe(
      Layer.provide(Layer.scoped(NodeHttpClient.Dispatcher, agent))
    ),
    node: NodeHttpClient.layerWithoutAgent.pipe(Layer.provide(NodeHttpClient.makeAgentLayer({ ca: [...ca] })))
  }
}

/** A connection on both sides of its encryption. `received` is what was decrypted so far. */
export interface Connection {
  readonly raw: Net.Socket
  readonly secure: Tls.TLSSocket
  readonly received: string
}

/**
 * Listens with a certificate. `onRequest` is called once a connection has received a whole request; `received` counts the
 * bytes that were decrypted.
 */
export const server = (
  certificate: string,
  onRequest: (connection: Connection) => void,
  options: Tls.TlsOptions = {}
): Effect.Effect<{ readonly port: number; readonly received: () => number }, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.async<{ readonly port: number; readonly received: () => number; readonly close: () => void }>((resume) => {
        let bytes = 0
        const open = new Set<Net.Socket>()
        const context = { cert: certificate, key: certificate, ...options }
        const secured = Tls.createServer(context)
        const listener = Net.createServer((raw) => {
          open.add(raw.on("error", ignore))
          secured.emit("connection", raw)
          secured.once("secureConnection", (secure: Tls.TLSSocket) => {
            let received = ""
            let isAsked = false
            secure.on("error", ignore).on("data", (chunk: Buffer) => {
              bytes += chunk.byteLength
              received += chunk.toString("latin1")
              if (!isAsked && isWhole(received)) {
                isAsked = true
                onRequest({ raw, secure, received })
              }
            })
          })
        })
        secured.on("tlsClientError", ignore)
        listener.listen(0, "127.0.0.1", () =>
          resume(Effect.succeed({
            port: (listener.address() as Net.AddressInfo).port,
            received: () => bytes,
            close: () => {
              open.forEach((socket) => socket.destroy())
              listener.close()
            }
          })))
      }),
      ({ close }) => Effect.sync(close)
    ),
    ({ port, received }) => ({ port, received })
  )

const isWhole = (received: string): boolean => {
  const [head = "", body] = received.split("\r\n\r\n")
  return body !== undefined && body.length >= Number(/content-length: ([0-9]+)/i.exec(head)?.[1] ?? 0)
}

const ignore = () => {}
