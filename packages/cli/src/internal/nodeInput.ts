import * as Effect from "effect/Effect"
import process from "node:process"
import { UsageError } from "../Failure.js"
import type { Service } from "./Input.js"

/**
 * Stdin of Node. Questions are written to stderr: stdout is for results.
 *
 * @internal
 */
export const make = (): Service => {
  const { stderr, stdin } = process
  const isTerminal = stdin.isTTY === true
  return {
    isTerminal,
    all: Effect.async<string>((resume) => {
      const chunks: Array<Buffer> = []
      const onData = (chunk: Buffer) => chunks.push(chunk)
      const onEnd = () => resume(Effect.succeed(Buffer.concat(chunks).toString("utf8")))
      stdin.on("data", onData).once("end", onEnd).once("error", onEnd)
      return Effect.sync(() => stdin.off("data", onData).off("end", onEnd).off("error", onEnd).pause())
    }),
    ask: (question, { isSecret }) =>
      !isTerminal ? Effect.fail(nobody) : Effect.async<string>((resume) => {
        let line = ""
        const finish = (effect: Effect.Effect<string>) => {
          close()
          resume(effect)
        }
        // With a secret the terminal sends each key as it is pressed, Ctrl-C among them, and shows none.
        const onData = (chunk: Buffer) => {
          for (const key of chunk.toString("utf8")) {
            if (key === "\r" || key === "\n") {
              return finish(Effect.succeed(line))
            } else if (key === "\u{3}" || (key === "\u{4}" && line === "")) {
              return finish(Effect.interrupt)
            } else if (key === "\u{7f}" || key === "\b") {
              line = Array.from(line).slice(0, -1).join("")
            } else {
              line += key
            }
          }
        }
        const onEnd = () => finish(Effect.interrupt)
        const close = () => {
          stdin.off("data", onData).off("end", onEnd).pause()
          if (isSecret) {
            stdin.setRawMode(false)
            stderr.write("\n")
          }
        }
        stderr.write(question)
        if (isSecret) {
          stdin.setRawMode(true)
        }
        stdin.on("data", onData).once("end", onEnd).resume()
        return Effect.sync(close)
      })
  }
}

const nobody = new UsageError({
  problem: { en: "there is no terminal to ask at", zh: "没有可供提示输入的终端" },
  hint: {
    en: "Name the account with --username and pipe the password in with --password-stdin, or set JINDOUYUN_PASSWORD.",
    zh: "请用 --username 指定账号，并用 --password-stdin 传入密码，或设置 JINDOUYUN_PASSWORD。"
  }
})
