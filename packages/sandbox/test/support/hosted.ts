// A sandbox server whose operations are promises over plain values, for tests that run on another major version of Effect.
import type * as Fault from "@jindouyun/sandbox/Fault"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as SandboxServer from "@jindouyun/sandbox/SandboxServer"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"

/** A fault whose durations and dates are milliseconds. */
export interface PlainFault {
  readonly _tag: Fault.Fault["_tag"]
  readonly [field: string]: unknown
}

export interface Hosted {
  readonly url: string
  readonly inject: (endpoint: "acquire" | "refresh" | "report", faults: ReadonlyArray<PlainFault>) => Promise<void>
  readonly configure: (options: Sandbox.Options) => Promise<void>
  readonly revoke: (which: "accessTokens" | "allTokens" | { readonly token: string }) => Promise<void>
  readonly issue: (pair: {
    readonly accessToken: string
    readonly refreshToken: string
    readonly username?: string | undefined
  }) => Promise<void>
  readonly accepts: (accessToken: string) => Promise<boolean>
  readonly addAccount: (username: string, password: string) => Promise<void>
  readonly removeAccount: (username: string) => Promise<boolean>
  readonly advance: (millis: number) => Promise<void>
  readonly now: () => Promise<number>
  readonly read: <
    Name extends "accounts" | "journal" | "requests" | "maxOverlap" | "maxTokenOverlap"
  >(name: Name) => Promise<Effect.Effect.Success<Sandbox.Service[Name]>>
  readonly clear: (what: "clear" | "clearFaults") => Promise<void>
  readonly close: () => Promise<void>
}

export const host = async (options: SandboxServer.Options): Promise<Hosted> => {
  const runtime = ManagedRuntime.make(SandboxServer.layer(options))
  const { url } = await runtime.runPromise(SandboxServer.SandboxServer)
  const sandbox = await runtime.runPromise(Sandbox.Sandbox)
  const run = runtime.runPromise
  return {
    url,
    inject: (endpoint, faults) => run(sandbox.inject(endpoint, ...faults.map(faultOf))),
    configure: (options) => run(sandbox.configure(options)),
    revoke: (which) => run(sandbox.revoke(typeof which === "object" ? Redacted.make(which.token) : which)),
    issue: ({ accessToken, refreshToken, username }) =>
      run(sandbox.issue({
        accessToken: Redacted.make(accessToken),
        refreshToken: Redacted.make(refreshToken),
        username
      })),
    accepts: (accessToken) => run(sandbox.accepts(Redacted.make(accessToken))),
    addAccount: (username, password) => run(sandbox.addAccount({ username, password: Redacted.make(password) })),
    removeAccount: (username) => run(sandbox.removeAccount(username)),
    advance: (millis) => run(sandbox.advance(millis)),
    now: () => run(Effect.map(sandbox.now, DateTime.toEpochMillis)),
    read: (name) => run(sandbox[name] as Effect.Effect<never>),
    clear: (what) => run(sandbox[what]),
    close: () => runtime.dispose()
  }
}

const faultOf = (fault: PlainFault): Fault.Fault =>
  ({
    ...fault,
    ...(fault._tag === "Delay" ? { duration: Duration.millis(Number(fault["duration"])) } : {}),
    ...(fault._tag === "Status" && typeof fault["retryAfter"] === "object" && fault["retryAfter"] !== null
      ? { retryAfter: DateTime.unsafeMake(fault["retryAfter"] as Date) }
      : {})
  }) as Fault.Fault
