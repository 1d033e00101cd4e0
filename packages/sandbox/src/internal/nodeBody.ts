import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as Effect from "effect/Effect"

/** No request of the platform's document comes near. It is also what a gateway such as nginx accepts. @internal */
export const mostBytes = 1_048_576

/**
 * Reads the body of a request. `undefined` if the body is too large: the rest is discarded as it arrives, so that the
 * client can read the answer at once.
 *
 * @internal
 */
export const read = (request: HttpServerRequest.HttpServerRequest): Effect.Effect<Uint8Array | undefined> =>
  Effect.async((resume) => {
    const source = NodeHttpServerRequest.toIncomingMessage(request)
    const chunks: Array<Buffer> = []
    let size = Number(source.headers["content-length"] ?? 0)
    if (size > mostBytes) {
      source.resume()
      return resume(Effect.succeed(undefined))
    }
    size = 0
    const keep = (chunk: Buffer) => {
      size += chunk.length
      chunks.push(chunk)
      if (size > mostBytes) {
        chunks.length = 0
        source.off("data", keep).resume()
        resume(Effect.succeed(undefined))
      }
    }
    source.on("data", keep)
    source.once("end", () => resume(Effect.sync(() => Buffer.concat(chunks))))
    // A client that disconnects during its request interrupts this fiber, so nothing resumes it here.
    source.on("error", () => {})
  })
