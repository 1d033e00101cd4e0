/** The command as a user starts it: a process of its own, in a home folder of its own, against the sandbox on a socket. */
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as SandboxServer from "@jindouyun/sandbox/SandboxServer"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type ChildProcess, type ChildProcessByStdio, spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Readable, Writable } from "node:stream"
import { fileURLToPath } from "node:url"

export const bin = fileURLToPath(new URL("../dist/bundle/jindouyun.js", import.meta.url))

export interface Outcome {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

export interface Options {
  readonly env?: { readonly [name: string]: string }
  readonly stdin?: string | Buffer
  /** Another copy of the command. */
  readonly bin?: string
  /** Called once the process runs. */
  readonly whileRunning?: (child: ChildProcess) => void
}

/** Collects the output of a process, and resumes when the process has ended. */
export const outcomeOf = (
  child: ChildProcessByStdio<Writable | null, Readable, Readable>,
  resume: (outcome: Effect.Effect<Outcome>) => void
): void => {
  let out = ""
  let err = ""
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    out += chunk
  })
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    err += chunk
  })
  child.on("close", (code, signal) => resume(Effect.succeed({ code, signal, out, err })))
}

/** A home folder with nothing in it, and the command in it. */
export const makeHome = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "jindouyun-cli-"))),
    (home) => Effect.sync(() => rmSync(home, { recursive: true, force: true }))
  ),
  (home) => {
    const environment = {
      PATH: process.env["PATH"] ?? "",
      HOME: home,
      XDG_STATE_HOME: join(home, "state"),
      XDG_CONFIG_HOME: join(home, "config")
    }
    const start = (args: ReadonlyArray<string>, options: Options = {}) =>
      Effect.async<Outcome>((resume) => {
        const child = spawn(process.execPath, [options.bin ?? bin, ...args], {
          env: { ...environment, ...options.env }
        })
        outcomeOf(child, resume)
        child.stdin.on("error", () => {})
        child.stdin.end(options.stdin ?? "")
        options.whileRunning?.(child)
        return Effect.sync(() => child.kill("SIGKILL"))
      })
    return {
      home,
      environment,
      state: join(home, "state/jindouyun"),
      config: join(home, "config/jindouyun"),
      run: (...args: ReadonlyArray<string>) => start(args),
      start
    }
  }
)

export type Home = Effect.Effect.Success<typeof makeHome>

/** The sandbox on a free port for as long as the scope is open. */
export const serve = (options?: SandboxServer.Options) =>
  Effect.map(Layer.build(SandboxServer.layer(options)), (context) => ({
    ...Context.get(context, SandboxServer.SandboxServer),
    sandbox: Context.get(context, Sandbox.Sandbox)
  }))

/** Where `user1` is, for a command that is told all by its environment. */
export const account = (url: string) => ({
  JINDOUYUN_BASE_URL: url,
  JINDOUYUN_USERNAME: "user1",
  JINDOUYUN_PASSWORD: "pass1"
})

/** A home in which `user1` has signed in. */
export const signedIn = (url: string) =>
  Effect.tap(
    makeHome,
    ({ start }) => start(["login", "--base-url", url, "--username", "user1", "--password-stdin"], { stdin: "pass1\n" })
  )
