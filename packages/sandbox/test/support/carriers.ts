import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpMethod from "@effect/platform/HttpMethod"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as SandboxServer from "@jindouyun/sandbox/SandboxServer"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"

/** Where the platform is, for a client of the carrier under test. */
export class Origin extends Context.Tag("test/Origin")<Origin, string>() {}

export type Carrier<Options = Sandbox.Options> = (
  options?: Options
) => Layer.Layer<Sandbox.Sandbox | HttpClient.HttpClient | Origin>

export const memory: Carrier = (options) =>
  Layer.merge(Sandbox.layerHttpClient(options), Layer.succeed(Origin, "https://jdy.cigdata.cn"))

export const socket: Carrier<SandboxServer.Options> = (options) =>
  Layer.effect(Origin, Effect.map(SandboxServer.SandboxServer, ({ url }) => url)).pipe(
    Layer.provideMerge(SandboxServer.layer(options)),
    Layer.merge(NodeHttpClient.layer),
    Layer.orDie
  )

export const carriers: ReadonlyArray<readonly [string, Carrier]> = [["in memory", memory], ["on a socket", socket]]

export const account = { username: "user1", password: "pass1" }

export interface Sent {
  readonly method?: HttpMethod.HttpMethod
  readonly headers?: Readonly<Record<string, string>>
  readonly contentType?: string
}

/** Sends a body as it is, or as JSON, with the document's headers unless told otherwise. */
export const send = (path: string, body: unknown, sent: Sent = {}): Effect.Effect<
  Answer,
  HttpClientError.HttpClientError,
  HttpClient.HttpClient | Origin
> =>
  Effect.gen(function*() {
    const client = yield* HttpClient.HttpClient
    const request = HttpClientRequest.make(sent.method ?? "POST")((yield* Origin) + path).pipe(
      HttpClientRequest.setHeaders(sent.headers ?? { APIVersion: "3" }),
      (request) =>
        body === undefined
          ? request
          : body instanceof Uint8Array
          ? HttpClientRequest.bodyUint8Array(request, body, sent.contentType ?? "application/json;charset=UTF-8")
          : HttpClientRequest.bodyText(
            request,
            typeof body === "string" ? body : JSON.stringify(body),
            sent.contentType ?? "application/json;charset=UTF-8"
          )
    )
    const response = yield* client.execute(request)
    return { status: response.status, headers: response.headers, text: yield* response.text }
  })

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly text: string
}

export interface Envelope {
  readonly code: number | string
  readonly message: string
  readonly data: { readonly accessToken: string; readonly refreshToken: string }
}

export const envelope = (answer: Answer): Envelope => JSON.parse(answer.text) as Envelope

export const acquisition = (credentials: unknown = account) =>
  Effect.map(send("/api/access_token", credentials), envelope)

export const refresh = (refreshToken: string) => Effect.map(send("/api/refresh_token", { refreshToken }), envelope)

export const accepts = (accessToken: string) =>
  Effect.flatMap(Sandbox.Sandbox, (sandbox) => sandbox.accepts(Redacted.make(accessToken)))
