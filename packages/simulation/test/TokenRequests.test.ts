import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as TokenApi from "@jindouyun/core/TokenApi"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { numberHeader, TokenRequests } from "../runs/handles/TokenRequests.js"

describe("the token requests of a client", () => {
  it.effect("a request is aborted before those that start after its abort, and before no other", () =>
    Effect.gen(function*() {
      const requests = new TokenRequests()
      const numbers: Array<number> = []
      const aborted: Array<string> = []
      const client = requests.observe(HttpClient.make(({ headers }, _url, signal) => {
        const number = headers[numberHeader] ?? ""
        numbers.push(Number(number))
        signal.addEventListener("abort", () => aborted.push(number))
        return Effect.never
      }))
      const send = Effect.zipLeft(Effect.fork(client.post(`http://a${TokenApi.refreshPath}`)), Effect.yieldNow())
      const interrupted = yield* send
      const meanwhile = yield* send
      yield* Fiber.interrupt(interrupted)
      yield* send
      const [first = NaN, second = NaN, third = NaN] = numbers
      assert.deepStrictEqual(
        [[first, second], [second, third], [third, second], [first, third]].map(([a = NaN, b = NaN]) =>
          requests.isAbortedBefore(a, b)
        ),
        [false, false, false, true]
      )
      assert.deepStrictEqual(aborted, [`${first}`])
      yield* Fiber.interrupt(meanwhile)
    }))
})
