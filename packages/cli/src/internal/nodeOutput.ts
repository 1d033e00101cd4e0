import * as Effect from "effect/Effect"
import process from "node:process"
import { fromLocale } from "../Language.js"
import type { Service } from "./Output.js"

/**
 * The stdout and stderr of Node. A closed stream is not an error.
 *
 * @internal
 */
export const make = (json: boolean): Service => {
  const { env, stderr, stdout } = process
  for (const stream of [stdout, stderr]) {
    stream.on("error", () => {})
  }
  const isColored = (stream: { readonly isTTY?: boolean }) =>
    stream.isTTY === true && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb"
  return {
    language: fromLocale(env["LC_ALL"], env["LC_MESSAGES"], env["LANG"]),
    json,
    colors: { out: isColored(stdout), err: isColored(stderr) },
    isWatched: stderr.isTTY === true,
    out: written(stdout),
    err: written(stderr)
  }
}

// The process exits with the command, so each write completes first.
const written = (stream: NodeJS.WriteStream) => (text: string): Effect.Effect<void> =>
  Effect.async<void>((resume) => {
    stream.write(text, () => resume(Effect.void))
  })
