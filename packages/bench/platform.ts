/**
 * The server of `server.ts` from the side of the cases, and this library over it.
 */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Jindouyun from "@jindouyun/core/Jindouyun"
import * as TokenProvider from "@jindouyun/core/TokenProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"

export interface Counts {
  readonly requests: number
  readonly reports: number
}

/** Orders the server about, and asks what it has counted. */
export const control = async (url: string, orders: {
  readonly delay?: number
  readonly reportDelay?: number
  readonly revoke?: boolean
} = {}): Promise<Counts> => {
  const response = await fetch(`${url}/bench`, { method: "POST", body: JSON.stringify(orders) })
  return await response.json() as Counts
}

export const account = { username: "user1", password: Redacted.make("pass1") }

/** undici's client, for us and for what we are compared with. */
export const undici = NodeHttpClient.layerUndici

export const jindouyun = (url: string, options: Partial<Jindouyun.Options> = {}) =>
  Jindouyun.layer({ ...account, baseUrl: url, ...options }).pipe(Layer.provideMerge(undici))

/** A runtime of its own for a provider of its own. */
export const open = (url: string, options: Partial<Jindouyun.Options> = {}) =>
  ManagedRuntime.make(jindouyun(url, options))

/** A platform without a network, for what is not about it. */
export const inMemory: Layer.Layer<HttpClient.HttpClient> = Layer.sync(HttpClient.HttpClient, () => {
  let serial = 0
  return HttpClient.make((request) =>
    Effect.sync(() => {
      serial += 1
      const data = { accessToken: `access-${serial}`, refreshToken: `refresh-${serial}` }
      return HttpClientResponse.fromWeb(request, Response.json({ code: 20000, message: "", data }))
    })
  )
})

export const provider: Effect.Effect<TokenProvider.Service, never, TokenProvider.TokenProvider> =
  TokenProvider.TokenProvider
