/**
 * The server of the sandbox, which runs on Effect 3, as a layer for tests on Effect 4. The tests import this file under the name
 * `@jindouyun/effect4-sandbox/SandboxServer`.
 */
import type * as Fault from "@jindouyun/effect4-sandbox/Fault"
import * as Sandbox from "@jindouyun/effect4-sandbox/Sandbox"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { host, type Hosted, type PlainFault } from "../../sandbox/test/support/hosted.js"

export interface Options extends Sandbox.Options {
  readonly port?: number | undefined
}

export class SandboxServer extends Context.Service<SandboxServer, { readonly url: string }>()(
  "@jindouyun/effect4-sandbox/SandboxServer"
) {}

export const layer = (options: Options = {}): Layer.Layer<Sandbox.Sandbox | SandboxServer> =>
  Layer.effectContext(
    Effect.map(
      Effect.acquireRelease(
        Effect.promise(() => host(plainOptions(options) as never)),
        (hosted) => Effect.promise(() => hosted.close())
      ),
      (hosted) => Context.make(SandboxServer, { url: hosted.url }).pipe(Context.add(Sandbox.Sandbox, serviceOf(hosted)))
    )
  )

const serviceOf = (hosted: Hosted): Sandbox.Service => {
  const unknown = Effect.die(new Error("the sandbox's server has no such operation for tests on Effect 4"))
  return {
    inject: (endpoint, ...faults) => Effect.promise(() => hosted.inject(endpoint, faults.map(plainFault))),
    faults: unknown,
    clearFaults: Effect.promise(() => hosted.clear("clearFaults")),
    configure: (options) => Effect.promise(() => hosted.configure(plainOptions(options) as never)),
    behaviour: unknown,
    accounts: Effect.promise(() => hosted.read("accounts")),
    addAccount: ({ password, username }) => Effect.promise(() => hosted.addAccount(username, Redacted.value(password))),
    removeAccount: (username) => Effect.promise(() => hosted.removeAccount(username)),
    reports: unknown,
    setReport: () => unknown,
    removeReport: () => unknown,
    pairs: unknown,
    revoke: (which) =>
      Effect.promise(() => hosted.revoke(Redacted.isRedacted(which) ? { token: Redacted.value(which) } : which)),
    issue: ({ accessToken, refreshToken, username }) =>
      Effect.promise(() =>
        hosted.issue({ accessToken: Redacted.value(accessToken), refreshToken: Redacted.value(refreshToken), username })
      ),
    accepts: (accessToken) => Effect.promise(() => hosted.accepts(Redacted.value(accessToken))),
    now: Effect.map(Effect.promise(() => hosted.now()), (millis) => DateTime.makeUnsafe(millis)),
    advance: (by) => Effect.promise(() => hosted.advance(Duration.toMillis(Duration.fromInputUnsafe(by)))),
    journal: Effect.promise(() => hosted.read("journal")) as never,
    outcomes: undefined as never,
    requests: Effect.promise(() => hosted.read("requests")),
    maxOverlap: Effect.promise(() => hosted.read("maxOverlap")),
    maxTokenOverlap: Effect.promise(() => hosted.read("maxTokenOverlap")),
    clear: Effect.promise(() => hosted.clear("clear")),
    reset: unknown,
    request: () => unknown
  }
}

/** Options without a value of Effect: durations are milliseconds. */
const plainOptions = (options: Options): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(options).map((
      [name, value]
    ) => [name, Duration.isDuration(value) ? Duration.toMillis(value) : value])
  )

const plainFault = (fault: Fault.Fault): PlainFault => ({
  ...fault,
  ...(fault._tag === "Delay" ? { duration: Duration.toMillis(fault.duration) } : {}),
  ...(fault._tag === "Status" && DateTime.isDateTime(fault.retryAfter)
    ? { retryAfter: DateTime.toDateUtc(fault.retryAfter) }
    : {})
})
