/** The command in a line of a shell, for redirections and signals. */
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import { bin, type Home, type Outcome } from "./command.js"

/** A slow machine reports what the command waits for. */
export const withoutProgress = (err: string): string => err.replaceAll(/^waiting for .*\n/gm, "")

/** Runs a line of `sh`, in which `jindouyun` is the command. */
export const shell = (
  { environment }: Home,
  line: string,
  env: { readonly [name: string]: string } = {}
): Effect.Effect<Outcome> =>
  Effect.async<Outcome>((resume) => {
    const command = `jindouyun() { '${process.execPath}' '${bin}' "$@"; }\n${line}`
    const child = spawn("sh", ["-c", command], { env: { ...environment, ...env }, stdio: ["ignore", "pipe", "pipe"] })
    let out = ""
    let err = ""
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      out += chunk
    })
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      err += chunk
    })
    child.on("close", (code, signal) => resume(Effect.succeed({ code, signal, out, err })))
    return Effect.sync(() => child.kill("SIGKILL"))
  })
