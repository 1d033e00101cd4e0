import type * as ReturnCode from "@jindouyun/core/ReturnCode"
import * as Effect from "effect/Effect"
import { createReadStream, ReadStream as FileStream } from "node:fs"
import process from "node:process"
import * as readline from "node:readline"
import { StringDecoder } from "node:string_decoder"
import type { ReadStream, WriteStream } from "node:tty"
import { UsageError } from "../Failure.js"
import { mostBytes, type Service, tooLong } from "./Input.js"
import * as lineEditor from "./lineEditor.js"

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
    all: Effect.mapError(bytesOf(() => stdin), unreadable),
    file: (path) => bytesOf(() => createReadStream(path)),
    ask: (question, { isSecret }) =>
      !isTerminal ? Effect.fail(noTerminal) : isSecret ? secret(stdin, stderr, question) : line(stdin, stderr, question)
  }
}

/** The bytes of a stream, which may be a pipe or a device, or the reason why they cannot be read. */
const bytesOf = (open: () => ReadStream | FileStream): Effect.Effect<Uint8Array, ReturnCode.Localized> =>
  Effect.async<Uint8Array, ReturnCode.Localized>((resume) => {
    const stream = open()
    const chunks: Array<Buffer> = []
    let length = 0
    const finish = (effect: Effect.Effect<Uint8Array, ReturnCode.Localized>) => {
      close()
      resume(effect)
    }
    const onData = (chunk: Buffer) => {
      chunks.push(chunk)
      length += chunk.length
      if (length > mostBytes) {
        finish(Effect.fail(tooLong))
      }
    }
    const onEnd = () => finish(Effect.succeed(Buffer.concat(chunks)))
    const onError = (error: NodeJS.ErrnoException) => finish(Effect.fail(sameInBoth(error.code ?? error.name)))
    const close = () => {
      stream.off("data", onData).off("end", onEnd).off("error", onError).pause()
      if (stream instanceof FileStream) {
        stream.destroy()
      }
    }
    stream.on("data", onData).once("end", onEnd).once("error", onError)
    return Effect.sync(close)
  })

/** A line that the terminal edits and shows. */
const line = (stdin: ReadStream, stderr: WriteStream, question: string): Effect.Effect<string> =>
  Effect.async<string>((resume) => {
    const decoder = new StringDecoder("utf8")
    let text = ""
    const finish = (effect: Effect.Effect<string>) => {
      close()
      resume(effect)
    }
    const onData = (chunk: Buffer) => {
      text += decoder.write(chunk)
      const [line, ...rest] = text.split(/\r?\n/)
      if (line !== undefined && rest.length > 0) {
        finish(Effect.succeed(line))
      }
    }
    const onEnd = () => finish(Effect.interrupt)
    const close = () => {
      stdin.off("data", onData).off("end", onEnd).pause()
    }
    stderr.write(question)
    stdin.on("data", onData).once("end", onEnd).resume()
    return Effect.sync(close)
  })

/** A line that is not shown. In raw mode the terminal sends each key, Ctrl-C included; `readline` decodes the keys. */
const secret = (stdin: ReadStream, stderr: WriteStream, question: string): Effect.Effect<string> =>
  Effect.async<string>((resume) => {
    let line = lineEditor.empty
    const finish = (effect: Effect.Effect<string>) => {
      close()
      resume(effect)
    }
    const onKey = (text: string | undefined, { ctrl, name }: readline.Key) => {
      const next = lineEditor.press(line, { text, name, ctrl: ctrl === true })
      if (next === "enter") {
        finish(Effect.succeed(lineEditor.textOf(line)))
      } else if (next === "cancel") {
        finish(Effect.interrupt)
      } else if (next === undefined) {
        stderr.write(bell)
      } else {
        line = next
      }
    }
    const onEnd = () => finish(Effect.interrupt)
    const close = () => {
      stdin.off("keypress", onKey).off("end", onEnd).pause()
      stdin.setRawMode(false)
      stderr.write("\n")
    }
    readline.emitKeypressEvents(stdin)
    // The echo is off before a program that types can read the question.
    stdin.setRawMode(true)
    stderr.write(question)
    stdin.on("keypress", onKey).once("end", onEnd).resume()
    return Effect.sync(close)
  })

const bell = "\u{7}"

const sameInBoth = (text: string): ReturnCode.Localized => ({ en: text, zh: text })

const unreadable = ({ en, zh }: ReturnCode.Localized): UsageError =>
  new UsageError({
    problem: { en: `stdin cannot be read: ${en}`, zh: `无法读取标准输入：${zh}` },
    hint: { en: "Check where stdin comes from.", zh: "请检查标准输入的来源。" }
  })

const noTerminal = new UsageError({
  problem: { en: "stdin is not a terminal, so no question can be asked", zh: "标准输入不是终端，无法提示输入" },
  hint: {
    en: "Set the account with --username and the password with --password-stdin or JINDOUYUN_PASSWORD.",
    zh: "请用 --username 指定账号，并用 --password-stdin 传入密码，或设置 JINDOUYUN_PASSWORD。"
  }
})
