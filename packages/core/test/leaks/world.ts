import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Fault from "@jindouyun/sandbox/Fault"
import type * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { VirtualClock } from "../../../simulation/world/VirtualClock.js"
import { start } from "../utils.js"
import type { Canaries } from "./canaries.js"

/** Whatever sleeps is woken as soon as nothing else is left to do: hours take no time, and come in their order. */
export class HastyClock extends VirtualClock {
  constructor() {
    super(start)
  }

  override sleep(...args: Parameters<VirtualClock["sleep"]>): Effect.Effect<void> {
    return Effect.zipRight(
      Effect.sync(() => afterTurns(5, () => this.sleepers > 0 && this.wakeNext(Infinity))),
      super.sleep(...args)
    )
  }
}

// Fibers take a turn of the event loop for each step that gives way.
const afterTurns = (turns: number, f: () => void): void => {
  setImmediate(() => turns > 1 ? afterTurns(turns - 1, f) : f())
}

/** Makes every token that an answer of the platform brings a canary. */
export const listenIn = <R>(
  platform: Layer.Layer<R | HttpClient.HttpClient>,
  canaries: Canaries
): Layer.Layer<R | HttpClient.HttpClient> =>
  Layer.map(platform, (context) =>
    Context.add(
      context,
      HttpClient.HttpClient,
      HttpClient.transformResponse(
        Context.get(context as Context.Context<HttpClient.HttpClient>, HttpClient.HttpClient),
        Effect.map((response) => overheard(response, canaries))
      )
    ))

const overheard = (response: HttpClientResponse.HttpClientResponse, canaries: Canaries) =>
  new Proxy(response, {
    get: (target, key) =>
      key === "stream"
        ? Stream.suspend(() => {
          let heard = ""
          return Stream.tap(target.stream, (chunk) =>
            Effect.sync(() => {
              heard += Buffer.from(chunk).toString("latin1")
              for (const [, kind, token] of heard.matchAll(issued)) {
                const value = JSON.parse(`"${token}"`) as string
                if (![...canaries.values()].includes(value)) {
                  canaries.set(`${kind} ${canaries.size}`, value)
                }
              }
            }))
        })
        : Reflect.get(target, key, target) as unknown
  })

const issued = /"(accessToken|refreshToken)":"((?:[^"\\]|\\.){20,})"/g

/** A pair that the platform may be made to issue. */
export interface Planted {
  readonly accessToken: string
  readonly refreshToken: string
}

/** Lets the next acquisition, or refresh, bring a pair of canaries. */
export const plant = (
  sandbox: Sandbox.Service,
  endpoint: "acquire" | "refresh",
  pair: Planted
): Effect.Effect<Planted> =>
  sandbox.issue({
    accessToken: Redacted.make(pair.accessToken),
    refreshToken: Redacted.make(pair.refreshToken)
  }).pipe(
    Effect.zipRight(sandbox.inject(endpoint, Fault.rawBody(JSON.stringify({ code: 20000, message: "", data: pair })))),
    Effect.as(pair)
  )

type EveryFault = { readonly [Tag in Fault.Fault["_tag"]]: ReadonlyArray<Fault.Fault> }

const everyFault: EveryFault = {
  Refuse: [
    ...[30005, 40000, 40001, 40003, 41001, 41234, 50000, 50001, 51001].map(Fault.returnCode),
    Fault.refuse({ code: 40001, message: "no", status: 401 })
  ],
  ResetBeforeActing: [Fault.resetBeforeActing],
  ResetAfterActing: [Fault.resetAfterActing],
  Delay: [Fault.delay("1 minute"), Fault.delay("1 minute", { acts: "last" })],
  SlowBody: [Fault.slowBody],
  Truncate: [Fault.truncate(0), Fault.truncate(60), Fault.truncate(100)],
  Empty: [Fault.empty, Fault.withActing(Fault.empty, false)],
  InvalidUtf8: [Fault.invalidUtf8],
  Html502: [Fault.html502],
  Status: [...[400, 401, 404, 500].map((status) => Fault.status(status)), Fault.status(429, { retryAfter: 1 })],
  WrongTypes: (["numbers", "nulls", "empty", "missing", "notObject"] as const).map(Fault.wrongTypes),
  Oversized: [Fault.oversized(5000)],
  Redirect: [
    ...[301, 302, 303, 307, 308].map((status) => Fault.redirect(status, "https://elsewhere.example/")),
    Fault.redirect(307, "/api/report/echo?again=1")
  ],
  RawBody: [
    Fault.rawBody("[]"),
    Fault.rawBody("plain", { headers: { "content-type": "text/plain" } })
  ]
}

/** Every fault the sandbox knows, by a name of its own. */
export const faults: ReadonlyArray<readonly [string, Fault.Fault]> = Object.values(everyFault).flat().map((
  fault,
  n
) => [
  `${n} ${fault._tag}`,
  fault
])
