/** The command in a line of a shell, for redirections and signals. */
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import { bin, type Home, type Outcome, outcomeOf } from "./command.js"

/** A slow machine reports what the command waits for. */
export const withoutProgress = (err: string): string => err.replaceAll(/^waiting for .*\r?\n/gm, "")

/** Runs a line of `sh`, in which `jindouyun` is the command. */
export const shell = (
  { environment }: Home,
  line: string,
  env: { readonly [name: string]: string } = {}
): Effect.Effect<Outcome> =>
  Effect.async<Outcome>((resume) => {
    const command = `jindouyun() { '${process.execPath}' '${bin}' "$@"; }\n${line}`
    const child = spawn("sh", ["-c", command], { env: { ...environment, ...env }, stdio: ["ignore", "pipe", "pipe"] })
    outcomeOf(child, resume)
    return Effect.sync(() => child.kill("SIGKILL"))
  })
