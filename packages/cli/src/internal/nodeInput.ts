import * as Effect from "effect/Effect"
import process from "node:process"
import { UsageError } from "../Failure.js"
import type { Service } from "./Input.js"

/**
 * The stdin of Node. Questions go to stderr, because stdout is for results.
 *
 * @internal
 */
export const make = (): Service => {
  const { stderr, stdin } = process
  const isTerminal = stdin.isTTY === true
  return {
    isTerminal,
    all: Effect.async<Uint8Array, UsageError>((resume) => {
      const chunks: Array<Buffer> = []
      const onData = (chunk: Buffer) => chunks.push(chunk)
      const onEnd = () => resume(Effect.succeed(Buffer.concat(chunks)))
      const onError = (error: NodeJS.ErrnoException) => resume(unreadable(error.code ?? error.name))
      stdin.on("data", onData).once("end", onEnd).once("error", onError)
      return Effect.sync(() => stdin.off("data", onData).off("end", onEnd).off("error", onError).pause())
    }),
    ask: (question, { isSecret }) =>
      !isTerminal ? Effect.fail(noTerminal) : Effect.async<string>((resume) => {
        let line = ""
        const finish = (effect: Effect.Effect<string>) => {
          close()
          resume(effect)
        }
        // For a secret the terminal is in raw mode: it sends each key, Ctrl-C included, and shows none.
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

const unreadable = (reason: string): UsageError =>
  new UsageError({
    problem: { en: `stdin cannot be read: ${reason}`, zh: `无法读取标准输入：${reason}` },
    hint: { en: "Check where stdin comes from.", zh: "请检查标准输入的来源。" }
  })

const noTerminal = new UsageError({
  problem: { en: "stdin is not a terminal, so no question can be asked", zh: "标准输入不是终端，无法提示输入" },
  hint: {
    en: "Set the account with --username and the password with --password-stdin or JINDOUYUN_PASSWORD.",
    zh: "请用 --username 指定账号，并用 --password-stdin 传入密码，或设置 JINDOUYUN_PASSWORD。"
  }
})
