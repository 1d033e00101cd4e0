import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"

/** A request as it came over the wire. */
export interface Heard {
  readonly url: string
  readonly rawHeaders: ReadonlyArray<string>
  readonly body: string
}

/** A server that says yes to everything, and remembers to the letter what it was asked. */
export const server: Effect.Effect<
  { readonly url: string; readonly heard: ReadonlyArray<Heard> },
  never,
  Scope.Scope
> = Effect.gen(function*() {
  const heard: Array<Heard> = []
  const pair = { accessToken: "the-access-token", refreshToken: "the-refresh-token" }
  const server = Http.createServer((request, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk)).on("end", () => {
      const { rawHeaders, url = "" } = request
      heard.push({ url, rawHeaders, body: Buffer.concat(chunks).toString() })
      response.setHeader("content-type", "application/json")
      response.end(JSON.stringify({ code: 20000, message: "", data: pair }))
    })
  })
  yield* Effect.acquireRelease(
    Effect.async<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
    () => Effect.sync(() => server.close().closeAllConnections())
  )
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, heard }
})
