import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawn, spawnSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { account, bin, type Home, makeHome, serve } from "./command.js"
import { withoutProgress } from "./shell.js"

// A terminal of its own for a process: `script` of util-linux.
const isInstalled = spawnSync("script", ["--version"]).status === 0

/** Runs the command at a terminal; the answers are typed one by one, when what they wait for is on the screen. */
const atTerminal = (
  { environment }: Home,
  args: ReadonlyArray<string>,
  options: {
    readonly env?: Record<string, string>
    readonly answers?: ReadonlyArray<readonly [question: string, answer: string | ReadonlyArray<string | Buffer>]>
  } = {}
) =>
  Effect.async<{ readonly code: number | null; readonly screen: string }>((resume) => {
    const line = [process.execPath, bin, ...args].map((word) => `'${word}'`).join(" ")
    const child = spawn("script", ["-qefc", line, "/dev/null"], {
      env: { ...environment, TERM: "xterm", SHELL: "/bin/sh", ...options.env }
    })
    const answers = [...options.answers ?? []]
    let screen = ""
    child.stdout.on("data", (chunk: Buffer) => {
      screen += String(chunk)
      const [next] = answers
      if (next !== undefined && screen.includes(next[0])) {
        answers.shift()
        const chunks = typeof next[1] === "string" ? [next[1]] : next[1]
        chunks.forEach((chunk, index) => setTimeout(() => child.stdin.write(chunk), 100 * index))
      }
    })
    child.on("close", (code) => resume(Effect.succeed({ code, screen })))
    return Effect.sync(() => child.kill("SIGKILL"))
  })

/** Runs a line of `sh` at a terminal; `then` acts once, when it returns true for what is on the screen. */
const inTerminal = ({ environment }: Home, line: string, then: (screen: string) => boolean) =>
  Effect.async<string>((resume) => {
    const child = spawn("script", ["-qefc", line, "/dev/null"], {
      env: { ...environment, TERM: "xterm", SHELL: "/bin/sh" }
    })
    let screen = ""
    let isDone = false
    child.stdout.on("data", (chunk: Buffer) => {
      screen += String(chunk)
      isDone ||= then(screen)
    })
    child.on("close", () => resume(Effect.succeed(screen)))
    return Effect.sync(() => child.kill("SIGKILL"))
  })

describe.skipIf(!isInstalled)("at a terminal (needs `script` of util-linux)", () => {
  it.scopedLive("login asks for the username, and for the password without echo", () =>
    Effect.gen(function*() {
      const { url } = yield* serve()
      const home = yield* makeHome
      const { code, screen } = yield* atTerminal(home, ["login", "--base-url", url], {
        answers: [["Username: ", "user1\n"], ["Password of user1: ", "paSS\u{7f}\u{7f}ss1\r"]]
      })
      assert.strictEqual(code, 0, screen)
      assert.include(screen, "user1 is logged in at ")
      assert.notInclude(screen, "ss1")
      assert.strictEqual((yield* home.run("token")).code, 0)
    }))

  const keys: ReadonlyArray<readonly [name: string, typed: string | ReadonlyArray<string | Buffer>, password: string]> =
    [
      ["Ctrl-U", "wrong\u{15}pass1\r", "pass1"],
      ["Ctrl-U in the middle", "wrongpass1\u{1b}[D\u{1b}[D\u{1b}[D\u{1b}[D\u{1b}[D\u{15}\r", "pass1"],
      ["Ctrl-W", "pass1 wrong \u{17}\u{8}\r", "pass1"],
      ["Ctrl-K", "pass1wrong\u{1}\u{1b}[C\u{1b}[C\u{1b}[C\u{1b}[C\u{1b}[C\u{b}\r", "pass1"],
      ["Ctrl-A and Ctrl-E", "as\u{1}p\u{5}s1\r", "pass1"],
      ["Home, End and Delete", "xpass\u{1b}[H\u{1b}[3~\u{1b}[F1\r", "pass1"],
      ["Ctrl-D in the middle", "xpass1\u{1}\u{4}\r", "pass1"],
      ["Backspace as Ctrl-H and as Delete", "paxx\u{7f}\u{8}ss1\r", "pass1"],
      ["Backspace over a character of several bytes", "密码😀\u{7f}\r", "密码"],
      ["a bracketed paste", "\u{1b}[200~pass1\u{1b}[201~\r", "pass1"],
      ["keys without a meaning", "pa\u{1b}[A\u{1b}OP\u{1b}[1;5C\u{c}\u{14}ss\t1\u{1b}[Z\r", "pass1"],
      ["a character cut in two", [
        Buffer.from([0xe5, 0xaf]),
        Buffer.from([0x86, 0xe7, 0xa0]),
        Buffer.from([0x81, 0x0d])
      ], "密码"],
      ["white space", " pass 1 \r", " pass 1 "]
    ]

  it.scopedLive.each(keys)("the password is edited by keys: %s", ([, typed, password]) =>
    Effect.gen(function*() {
      const { url } = yield* serve({ password })
      const home = yield* makeHome
      const { code, screen } = yield* atTerminal(home, ["login", "--base-url", url, "-u", "user1"], {
        answers: [["Password of user1: ", typed]]
      })
      assert.strictEqual(code, 0, screen)
    }))

  it.scopedLive.each<readonly [name: string, typed: Buffer, code: number]>([
    ["bytes that are not UTF-8", Buffer.from([0x70, 0xe9, 0x31, 0x0d]), 2],
    ["white space alone", Buffer.from("  \r"), 2],
    ["nothing", Buffer.from("wrong\u{15}\r"), 2],
    ["Ctrl-D alone", Buffer.from("\u{4}"), 130],
    ["Ctrl-C in the middle", Buffer.from("pass\u{3}1\r"), 130]
  ])("the password is not sent: %s", ([, typed, code]) =>
    Effect.gen(function*() {
      const { sandbox, url } = yield* serve()
      const home = yield* makeHome
      const outcome = yield* atTerminal(home, ["login", "--base-url", url, "-u", "user1"], {
        answers: [["Password of user1: ", [typed]]]
      })
      assert.strictEqual(outcome.code, code, outcome.screen)
      assert.isEmpty(yield* sandbox.journal)
    }))

  it.scopedLive("Ctrl-C at the password ends the login with 130, and nothing is sent", () =>
    Effect.gen(function*() {
      const { sandbox, url } = yield* serve()
      const home = yield* makeHome
      const { code, screen } = yield* atTerminal(home, ["login", "--base-url", url, "-u", "user1"], {
        answers: [["Password of user1: ", "pa\u{3}"]]
      })
      assert.strictEqual(code, 130, screen)
      assert.isEmpty(yield* sandbox.journal)
    }))

  for (const [signal, expected] of [["INT", 130], ["TERM", 143], ["HUP", 129], ["QUIT", 131]] as const) {
    it.scopedLive(
      `SIG${signal} at the password ends the login with ${expected}, and the terminal echoes again`,
      () =>
        Effect.gen(function*() {
          const { sandbox, url } = yield* serve()
          const home = yield* makeHome
          const script = join(home.home, "login.sh")
          writeFileSync(
            script,
            `echo "pid:$$:"\nexec '${process.execPath}' '${bin}' login --base-url ${url} -u user1\n`
          )
          const line = `sh ${script}; echo "code:$?:"; stty -a`
          const screen = yield* inTerminal(home, line, (screen) => {
            const pid = /pid:(\d+):/.exec(screen)?.[1]
            if (pid !== undefined && screen.includes("Password of user1: ")) {
              process.kill(Number(pid), `SIG${signal}`)
              return true
            }
            return false
          })
          assert.include(screen, `code:${expected}:`)
          assert.match(screen, /[ ;]echo[ ;]/)
          assert.match(screen, /[ ;]icanon[ ;]/)
          assert.isEmpty(yield* sandbox.journal)
        }),
      60_000
    )
  }

  it.scopedLive("errors and help have colours, unless NO_COLOR says otherwise", () =>
    Effect.gen(function*() {
      const home = yield* makeHome
      for (const args of [["token"], ["token", "--help"]]) {
        const colored = yield* atTerminal(home, args)
        assert.include(colored.screen, "\u{1b}[")
        const plain = yield* atTerminal(home, args, { env: { NO_COLOR: "1" } })
        assert.notInclude(plain.screen, "\u{1b}[")
      }
    }))

  it.scopedLive("a token has none", () =>
    Effect.gen(function*() {
      const { url } = yield* serve()
      const home = yield* makeHome
      const { screen } = yield* atTerminal(home, ["token"], { env: account(url) })
      assert.match(withoutProgress(screen), /^[!-~]+\r\n$/)
    }))
})
