// The token requests of a client, in the order of their starts and aborts. A platform on a busy event loop notices an abort late,
// and may receive an aborted request after the request that followed it.
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as TokenApi from "@jindouyun/core/TokenApi"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"

/** The header with the number of a token request. */
export const numberHeader = "x-number"

/** Numbers the token requests of a client in the order of their starts. */
export class TokenRequests {
  private events = 0
  /** The number of the abort, by the number of the request. */
  private readonly aborts = new Map<number, number>()

  /** Whether the client had aborted the first request when the second one started. */
  isAbortedBefore(first: number, second: number): boolean {
    return (this.aborts.get(first) ?? Infinity) < second
  }

  /** A client that numbers its token requests. */
  observe(client: HttpClient.HttpClient): HttpClient.HttpClient {
    const numbered = HttpClient.make((request, _url, signal) =>
      Effect.flatMap(Scope.make(), (scope) => {
        const number = this.events++
        signal.addEventListener("abort", () => {
          this.aborts.set(number, this.events++)
          Effect.runSync(Scope.close(scope, Exit.void))
        })
        const sent = HttpClientRequest.setHeader(request, numberHeader, `${number}`)
        return Scope.extend(HttpClient.withScope(client).execute(sent), scope)
      })
    )
    return HttpClient.transform(
      client,
      (effect, request) =>
        request.url.endsWith(TokenApi.acquirePath) || request.url.endsWith(TokenApi.refreshPath)
          ? numbered.execute(request)
          : effect
    )
  }
}
