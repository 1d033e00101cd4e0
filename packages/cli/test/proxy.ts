/** A proxy on loopback, and a platform behind it that has a certificate for a host which does not exist. */
import * as Effect from "effect/Effect"
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import * as Http from "node:http"
import * as Https from "node:https"
import * as Net from "node:net"
import { join } from "node:path"

/** The port of a server that listens on loopback as long as the scope is open. */
const listening = (make: () => Net.Server) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.async<Net.Server>((resume) => {
        const server = make()
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) =>
        Effect.sync(() => {
          server.close()
          if (server instanceof Http.Server) {
            server.closeAllConnections()
          }
        })
    ),
    (server) => (server.address() as Net.AddressInfo).port
  )

const forward = (to: string, request: Http.IncomingMessage, response: Http.ServerResponse): void => {
  const { headers, method, url = "" } = request
  const { pathname, search } = new URL(url, to)
  const onward = Http.request(new URL(pathname + search, to), { headers, method }, (answer) => {
    response.writeHead(answer.statusCode ?? 0, answer.headers)
    answer.pipe(response)
  })
  request.pipe(onward.on("error", () => response.destroy()))
}

/** `https:` in front of a server of `http:`, with a certificate for `platform.example` that only `authority` vouches for. */
export const secured = (folder: string, url: string) =>
  Effect.gen(function*() {
    const [key, authority] = [join(folder, "key.pem"), join(folder, "certificate.pem")]
    execFileSync(
      "openssl",
      `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=platform.example -addext subjectAltName=DNS:platform.example -keyout ${key} -out ${authority}`
        .split(" "),
      { stdio: "ignore" }
    )
    const port = yield* listening(() =>
      Https.createServer({ key: readFileSync(key), cert: readFileSync(authority) }, (request, response) =>
        forward(url, request, response))
    )
    return { authority, port }
  })

/** A request to the proxy: its first line, without the version, and its credentials. */
export interface Asked {
  readonly line: string
  readonly authorization: string | undefined
}

/** Forwards requests to `http`, connects tunnels to the port `https`, or answers each with a status. */
export const serveProxy = (target: { readonly http?: string; readonly https?: number; readonly status?: number }) =>
  Effect.gen(function*() {
    const asked: Array<Asked> = []
    const note = ({ headers, method, url }: Http.IncomingMessage) =>
      asked.push({ line: `${method} ${url}`, authorization: headers["proxy-authorization"] })
    const port = yield* listening(() =>
      Http.createServer((request, response) => {
        note(request)
        if (target.status !== undefined) {
          response.writeHead(target.status).end()
        } else {
          forward(target.http ?? "", request, response)
        }
      }).on("connect", (request: Http.IncomingMessage, socket: Net.Socket) => {
        note(request)
        if (target.status !== undefined) {
          socket.end(`HTTP/1.1 ${target.status} No\r\ncontent-length: 0\r\n\r\n`)
          return
        }
        const tunnel = Net.connect(target.https ?? 0, "127.0.0.1", () => {
          socket.write("HTTP/1.1 200 OK\r\n\r\n")
          tunnel.pipe(socket).pipe(tunnel)
        })
        socket.on("error", () => tunnel.destroy())
        tunnel.on("error", () => socket.destroy())
      })
    )
    return { asked, port }
  })
