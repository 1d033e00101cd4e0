import { assert } from "@effect/vitest"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as SandboxServer from "@jindouyun/sandbox/SandboxServer"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { execFile, spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

export const has = (command: string, ...args: ReadonlyArray<string>): boolean => spawnSync(command, args).status === 0

/** A file of this package. */
export const file = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/**
 * Runs a program against a server of its own, and closes the server in less than two seconds. The program has the address
 * of the server as `SANDBOX`. Returns the lines that the program prints, and the journal.
 */
export const output = (
  command: string,
  args: (url: string) => ReadonlyArray<string>,
  options: SandboxServer.Options = {}
) =>
  Effect.gen(function*() {
    const scope = yield* Scope.make()
    const context = yield* Layer.buildWithScope(SandboxServer.layer(options), scope)
    const { sandbox, server: { url } } = yield* Effect.all({
      sandbox: Sandbox.Sandbox,
      server: SandboxServer.SandboxServer
    }).pipe(Effect.provide(context))
    const { stdout } = yield* Effect.promise(() =>
      promisify(execFile)(command, args(url), { timeout: 50_000, env: { ...process.env, SANDBOX: url } })
    )
    const journal = yield* sandbox.journal
    const [took] = yield* Effect.timed(Scope.close(scope, Exit.void))
    assert.isBelow(Duration.toMillis(took), 2000)
    return { lines: stdout.trim().split("\n"), journal }
  })
