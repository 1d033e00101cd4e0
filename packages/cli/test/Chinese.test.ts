import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as NodeTerminal from "@effect/platform-node/NodeTerminal"
/** Each text that the command prints in a Chinese locale is Chinese; only names, paths and values are not. */
import { assert, describe, it } from "@effect/vitest"
import * as JindouyunConfig from "@jindouyun/core/JindouyunConfig"
import { CredentialsUnavailable, InvalidConfiguration, StoreFailure } from "@jindouyun/core/JindouyunError"
import * as TokenRecord from "@jindouyun/core/TokenRecord"
import * as Fault from "@jindouyun/sandbox/Fault"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { commands, topics } from "../src/CommandLine.js"
import * as application from "../src/internal/application.js"
import { widthOf } from "../src/internal/columns.js"
import { Input } from "../src/internal/Input.js"
import { optionTexts } from "../src/internal/optionTexts.js"
import { Output } from "../src/internal/Output.js"
import { fromLocale, type Language } from "../src/Language.js"
import * as Report from "../src/Report.js"
import { account, type Home, makeHome, serve } from "./command.js"
import { englishIn } from "./english.js"

/** Runs the command in this process, with the environment of a home and of a Chinese shell. */
const run = (
  { environment }: Home,
  args: ReadonlyArray<string>,
  options: {
    readonly env?: { readonly [name: string]: string }
    readonly stdin?: string
    readonly answers?: ReadonlyArray<string>
    readonly language?: Language
  } = {}
) =>
  Effect.gen(function*() {
    const written = { out: "", err: "" }
    const questions: Array<string> = []
    const answers = [...options.answers ?? []]
    const append = (stream: "out" | "err") => (text: string) =>
      Effect.sync(() => {
        written[stream] += text
      })
    yield* Effect.acquireRelease(
      Effect.sync(() => {
        const before = process.env
        process.env = { ...environment, ...options.env }
        return before
      }),
      (before) => Effect.sync(() => Object.assign(process, { env: before }))
    )
    const code = yield* Effect.provide(
      application.run(args, {
        files: NodeFileSystem.layer,
        terminal: Layer.mergeAll(
          NodePath.layer,
          NodeTerminal.layer,
          Layer.succeed(Input, {
            isTerminal: answers.length > 0,
            all: Effect.succeed(new TextEncoder().encode(options.stdin ?? "")),
            file: () => Effect.fail({ en: "ENOENT", zh: "ENOENT" }),
            ask: (question) =>
              Effect.sync(() => {
                questions.push(question)
                return answers.shift() ?? ""
              })
          })
        )
      }),
      Layer.sync(Output, () => ({
        language: options.language ?? fromLocale("zh_CN.UTF-8", undefined, "en_US.UTF-8"),
        json: args.includes("--json"),
        colors: { out: false, err: false },
        isWatched: false,
        warnings: [],
        failures: [],
        out: append("out"),
        err: append("err")
      }))
    )
    return { ...written, code, questions }
  }).pipe(Effect.scoped)

describe("the checker", () => {
  it.each([
    "jindouyun: there is one argument too many",
    "命令行有误：Received unknown argument: '--nope'。请参阅 jindouyun --help。",
    "请修改 JINDOUYUN_COOLDOWN，应为：a duration such as \"30 seconds\"。",
    "ok      account        user1 (environment), password environment",
    "valid for 23 h 59 min, until 2030-01-01T00:00:00.000Z",
    "--json  Print results and errors as JSON",
    "EXIT CODES",
    "Username: ",
    "应为：本机地址，例如 127.0.0.1, ::1 or 0.0.0.0。"
  ])("finds English: %s", (line) => {
    assert.isNotEmpty(englishIn(line))
  })

  it.each([
    "正常    存储           file，位于 /root/.local/state/jindouyun/tokens，未加密，没有 Token",
    "earlyRefresh           30 minutes                   默认值",
    "  $ pass show jindouyun | jindouyun login --username user1 --password-stdin",
    "user1",
    "jindouyun: 请运行 jindouyun login，或设置 JINDOUYUN_USERNAME 和 JINDOUYUN_PASSWORD。"
  ])("takes no name, path or value for English: %s", (line) => {
    assert.isEmpty(englishIn(line))
  })
})

describe("the help is Chinese in a Chinese locale", () => {
  const lines = [
    [],
    ["--help"],
    ["help"],
    ...commands.map((command) => [command, "--help"]),
    ...commands.map((command) => ["help", command]),
    ...topics.map((topic) => ["help", topic])
  ]
  it.scopedLive.each(lines.map((args) => [args.join(" "), args] as const))(
    "jindouyun %s",
    ([, args]) =>
      Effect.gen(function*() {
        const { code, err, out } = yield* run(yield* makeHome, args)
        assert.strictEqual(code, 0, err)
        assert.deepStrictEqual(englishIn(out), [])
      })
  )

  it.scopedLive.each(["bash", "zsh", "fish", "sh"])(
    "the descriptions of the completion script for %s, too",
    (shell) =>
      Effect.gen(function*() {
        const { code, out } = yield* run(yield* makeHome, ["--completions", shell])
        assert.strictEqual(code, 0)
        assert.notInclude(out, "wizard")
        for (const { en } of Object.values(optionTexts)) {
          assert.notInclude(out, en)
        }
        // The descriptions of zsh are in brackets after an option, those of fish follow `-d`.
        for (const [, description = ""] of out.matchAll(/'--?[a-z-]+\[([^\]]*)\]| -d '([^']*)'/g)) {
          assert.deepStrictEqual(englishIn(description), [])
        }
      })
  )
})

describe("the help is short", () => {
  it.scopedLive.each(["en", "zh"] as const)(
    "and fits on a screen of 80 columns: %s",
    (language) =>
      Effect.gen(function*() {
        const home = yield* makeHome
        const overview = (yield* run(home, [], { language })).out.trimEnd().split("\n")
        assert.isAtMost(overview.length, 40)
        assert.isAtMost(Math.max(...overview.map(widthOf)), 80)
        for (const command of commands) {
          const { out } = yield* run(home, [command, "--help"], { language })
          assert.isAtMost(out.trimEnd().split("\n").length, 40, command)
          assert.match(out, command === "sandbox" ? /jindouyun --help\n$/ : /jindouyun help settings\n$/)
          if (command !== "sandbox") {
            assert.notInclude(out, "--config")
          }
        }
      })
  )
})

const errors: ReadonlyArray<{
  readonly name: string
  readonly args: ReadonlyArray<string>
  readonly env?: { readonly [name: string]: string }
  readonly stdin?: string
  readonly prepare?: (home: Home) => void
}> = [
  ...[
    "nope",
    "help nope",
    "--log-level debug",
    "token --nope",
    "token --nope=x",
    "token -q",
    "token --port 80",
    "sandbox --username x",
    "token one",
    "call",
    "call /a /b",
    "token --store shelf",
    "call /a -X FOO",
    "token --log-level loud",
    "--completions csh",
    "sandbox --port abc",
    "sandbox --port 70000",
    "sandbox --host 203.0.113.1",
    "sandbox --control-key=密钥",
    "sandbox --account user2",
    "sandbox --account :pass2",
    "sandbox --account user2:",
    "sandbox --access-token-lifetime soon",
    "sandbox --report /api/x",
    "sandbox --report api/x=/dev/null",
    "sandbox --report /api/x=/no/such/file",
    "sandbox --report /api/x=/dev/null",
    "token --username",
    "token --json=maybe",
    "login --password x",
    "call no/slash",
    "doctor --probe --path x",
    "call /api/x -d {",
    "call /api/x -d @/no/such/file",
    "call /api/x -X GET -d [1]",
    "call /api/x -d {\"a\":1,\"a\":2}",
    "token --set a",
    "token --set a=1",
    "token --config /no/such/file",
    "token",
    "token --store redis",
    "login --remember -u user1 --password-stdin",
    "login --password-stdin -u user1"
  ].map((line) => ({ name: line, args: line.split(" ") })),
  { name: "a password with a tab", args: ["login", "-u", "user1", "--password-stdin"], stdin: "a\tb" },
  ...[
    ["JINDOUYUN_PASSWORD", "a\tb"],
    ["JINDOUYUN_ENCRYPTION_KEY", "x"],
    ["JINDOUYUN_PREVIOUS_ENCRYPTION_KEY", Buffer.alloc(32, 1).toString("base64")],
    ["JINDOUYUN_STORE", "shelf"],
    ["JINDOUYUN_USERNAME", " "],
    ["JINDOUYUN_BASE_URL", "nonsense"],
    ["JINDOUYUN_BASE_URL", "ftp://host"],
    ["JINDOUYUN_BASE_URL", "http://host"],
    ["JINDOUYUN_BASE_URL", "https://user@host"],
    ["JINDOUYUN_BASE_URL", "https://host?a"],
    ["JINDOUYUN_TOKEN_NAME", "host"],
    ["JINDOUYUN_TOKEN_NAME", "a b"],
    ["JINDOUYUN_RETURN_CODES", "x"],
    ["JINDOUYUN_RETURN_CODES", "1=retry,1=fatal"],
    ["JINDOUYUN_RETURN_CODES", "20000=retry"],
    ["JINDOUYUN_EARLY_REFRESH", "20 hours"],
    ["HTTPS_PROXY", "nonsense"],
    ["HTTPS_PROXY", "socks5://host:1"],
    ["HTTPS_PROXY", "ftp://host:1"],
    ["HTTPS_PROXY", "http://%zz@host:1"],
    ["HTTPS_PROXY", " "]
  ].map(([name = "", value = ""]) => ({
    name: `${name}=${value}`,
    args: ["login"],
    env: { JINDOUYUN_USERNAME: "user1", JINDOUYUN_PASSWORD: "pass1", [name]: value }
  })),
  ...["redis", "nonsense", "http://host", "redis://host/x", "redis://host?x", "redis://:%zz@host"].map((url) => ({
    name: `JINDOUYUN_REDIS_URL=${url}`,
    args: ["token", "--store", "redis"],
    env: { JINDOUYUN_USERNAME: "user1", JINDOUYUN_REDIS_URL: url }
  })),
  {
    name: "JINDOUYUN_REDIS_PREFIX={x}",
    args: ["token", "--store", "redis"],
    env: { JINDOUYUN_USERNAME: "user1", JINDOUYUN_REDIS_URL: "redis://host", JINDOUYUN_REDIS_PREFIX: "{x}" }
  },
  ...["{", "[]", "{\"password\":\"x\"}", "{\"x\":1}", "{\"store\":null}", "{\"cooldown\":\"x\"}", "\u{fffd}"].map((
    text
  ) => ({
    name: `a config file ${text}`,
    args: ["token"],
    prepare: ({ config }: Home) => {
      mkdirSync(config, { recursive: true, mode: 0o700 })
      writeFileSync(join(config, "config.json"), text === "\u{fffd}" ? Buffer.from([0xff]) : text)
    }
  })),
  {
    name: "a config file that other users can change",
    args: ["token"],
    prepare: ({ config }) => {
      mkdirSync(config, { recursive: true, mode: 0o700 })
      writeFileSync(join(config, "config.json"), "{}")
      chmodSync(join(config, "config.json"), 0o666)
    }
  },
  {
    name: "a store that other users can read",
    args: ["token", "-u", "user1"],
    prepare: ({ state }) => {
      mkdirSync(join(state, "tokens"), { recursive: true, mode: 0o700 })
      chmodSync(join(state, "tokens"), 0o755)
    }
  },
  {
    name: "a file where the store should be",
    args: ["token", "-u", "user1"],
    prepare: ({ home }) => writeFileSync(join(home, "state"), "")
  },
  {
    name: "a platform that does not listen",
    args: ["login"],
    env: { ...account("http://127.0.0.1:18995"), JINDOUYUN_MAX_ATTEMPTS: "2" }
  },
  {
    name: "a proxy that does not listen",
    args: ["login"],
    env: {
      ...account("https://platform.example"),
      https_proxy: "http://user:x@127.0.0.1:18995",
      JINDOUYUN_MAX_ATTEMPTS: "2"
    }
  }
]

describe("each error is Chinese in a Chinese locale", () => {
  it.scopedLive.each(errors.map((error) => [error.name, error] as const))(
    "%s",
    ([, { args, env, prepare, stdin }]) =>
      Effect.gen(function*() {
        const home = yield* makeHome
        prepare?.(home)
        const options = { ...(env === undefined ? {} : { env }), ...(stdin === undefined ? {} : { stdin }) }
        const { code, err, out } = yield* run(home, args, options)
        assert.notInclude([0, 1], code, err)
        assert.match(err, /\S/)
        assert.deepStrictEqual(englishIn(out), [])
        assert.deepStrictEqual(englishIn(err), [])
        const json = yield* run(home, [...args, "--json"], options)
        const { hint, message } = JSON.parse(json.err) as { readonly hint: string; readonly message: string }
        assert.deepStrictEqual(englishIn(`${message}\n${hint}`), [])
      }),
    30_000
  )
})

describe("each setting of the library has a Chinese expectation", () => {
  it.each(Object.entries(JindouyunConfig.settings))("%s", (setting, { expected, variable }) => {
    const error = new InvalidConfiguration({ setting, variable, problem: "is too large", expected })
    assert.deepStrictEqual(englishIn(Report.sentence(error, "zh")), [])
  })
})

describe("each problem, detail and warning of the sources is Chinese", () => {
  // The texts after the name of such a field or function. Texts in both languages are not translated.
  const before =
    /\b(?:problem: |detail: |word: |silent = |lost = |(?:refused?|invalid|invalidFile|unavailable|noAnswer|notSaved|logWarning|failure|storeFailure)\()/
  const literal = /"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g
  const texts = ["core", "redis", "cli"].flatMap((name) => {
    const folder = new URL(`../../${name}/src/`, import.meta.url)
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      // Endpoints and `layerTest` throw at the programmer.
      .filter((path) => path.endsWith(".ts") && !/hints|chinese|Endpoint\.ts|PlatformClient\.ts/i.test(path))
      .flatMap((path) =>
        readFileSync(new URL(path, folder), "utf8").split("\n")
          .filter((line) => before.test(line) && !/^ *\*|\ben: |expected: /.test(line))
          .flatMap((line) => Array.from(line.slice(line.search(before)).matchAll(literal)))
          .map(([, quoted, template]) => (quoted ?? template ?? "").replace(/\$\{[^{}]*\}/g, "1"))
          // A sentence that is whole. The rest are names, and texts that are put together.
          .filter((text) => / [a-z]/.test(text) && !/\$\{| \(?1\)?$/.test(text))
          .map((text) => [text, `${name}/src/${path}`] as const)
      )
  })

  it("of which there are many", () => {
    assert.isAbove(texts.length, 40)
  })

  it.each(texts)("%s (%s)", (text) => {
    assert.deepStrictEqual(englishIn(`，${Report.warning(text, "zh")}`), [])
  })
})

describe("the problems of a ConfigError are Chinese", () => {
  it.each([
    "ConfigError: SOUTH_PASSWORD is missing",
    "ConfigError: SOUTH_USERNAME is missing, SOUTH_PASSWORD is invalid, SOUTH_KEY is not available",
    "InvalidConfiguration: JINDOUYUN_PASSWORD is missing"
  ])("%s", (detail) => {
    assert.deepStrictEqual(englishIn(Report.sentence(new CredentialsUnavailable({ detail }), "zh")), [])
  })
})

describe("results are Chinese in a Chinese locale", () => {
  it.scopedLive("of every command", () =>
    Effect.gen(function*() {
      const { sandbox, url } = yield* serve({ revokeOnRefresh: true })
      const home = yield* makeHome
      const env = { JINDOUYUN_BASE_URL: url }
      const login = yield* run(home, ["login"], { answers: ["user1", "pass1"], env })
      assert.strictEqual(login.code, 0, login.err)
      assert.deepStrictEqual(englishIn(login.questions.join("\n")), [])
      assert.deepStrictEqual(englishIn(login.out), [])
      const secret = { ...env, JINDOUYUN_PASSWORD: "pass1" }
      for (
        const args of [
          ["status"],
          ["doctor"],
          ["doctor", "--probe"],
          ["doctor", "--probe", "--path", "/api/report/echo"],
          ["refresh"],
          ["logout"],
          ["login", "-u", "user1", "--store", "none"],
          ["status"],
          ["doctor"]
        ]
      ) {
        const { code, err, out } = yield* run(home, args, { env: secret })
        assert.strictEqual(code, 0, `${args.join(" ")}: ${err}`)
        assert.deepStrictEqual(englishIn(out), [])
        assert.deepStrictEqual(englishIn(err), [])
      }
      const refused = yield* run(home, ["login", "-u", "user1"], { env: { ...env, JINDOUYUN_PASSWORD: "wrong " } })
      assert.strictEqual(refused.code, 4)
      assert.deepStrictEqual(englishIn(refused.err), [])
      assert.isNotEmpty(yield* sandbox.journal)
    }), 60_000)

  it.scopedLive("of doctor, also if checks fail", () =>
    Effect.gen(function*() {
      const home = yield* makeHome
      writeFileSync(join(home.home, "state"), "")
      for (const env of [account("http://127.0.0.1:18995"), { HTTPS_PROXY: "nonsense" }]) {
        const { code, err, out } = yield* run(home, ["doctor"], { env })
        assert.notStrictEqual(code, 0)
        assert.deepStrictEqual(englishIn(out), [])
        assert.deepStrictEqual(englishIn(err), [])
      }
    }), 30_000)
})

describe("the failure of a refresh is a Chinese warning", () => {
  it.scopedLive.each([
    [Fault.status(404), /^jindouyun: .*请/] as const,
    [Fault.redirect(302, "https://other.example/"), /^jindouyun: .*请/] as const,
    [Fault.refuse({ code: 40003 }), /^$/] as const
  ])("if the token is still valid: %s", ([fault, expected]) =>
    Effect.gen(function*() {
      const { sandbox, url } = yield* serve({ revokeOnRefresh: true })
      const home = yield* makeHome
      const env = { ...account(url), JINDOUYUN_ACCESS_TOKEN_LIFETIME: "5 hours", JINDOUYUN_MAX_ATTEMPTS: "2" }
      const login = yield* run(home, ["login"], { env })
      assert.strictEqual(login.code, 0, login.err)
      yield* sandbox.inject("refresh", fault)
      yield* sandbox.inject("refresh", fault)
      const early = { ...env, JINDOUYUN_ACCESS_TOKEN_LIFETIME: "24 hours", JINDOUYUN_EARLY_REFRESH: "6 hours" }
      const { code, err, out } = yield* run(home, ["token"], { env: early })
      assert.strictEqual(code, 0, err)
      assert.match(out, /^\w{32}\n$/)
      assert.match(err, expected)
      assert.deepStrictEqual(englishIn(err), [])
    }))
})

describe("a warning of the library is Chinese in a Chinese locale", () => {
  const failures = [
    new StoreFailure({ operation: "save", detail: "ENOSPC (writeFile /home/a.b/record)", systemError: "ENOSPC" }),
    new StoreFailure({ operation: "lease", detail: "the lease was lost (/home/a.b/lease)" }),
    new StoreFailure({ operation: "lease", detail: "the lease was lost (Redis at 127.0.0.1:6379, database 0)" }),
    TokenRecord.withoutKey("load", "/home/a.b/record"),
    TokenRecord.withoutKey("save", "Redis at 127.0.0.1:6379, database 0"),
    ...[
      "no answer within 2 seconds",
      "the server does not speak the protocol of Redis",
      "an error without a code",
      "SELECT failed: no answer within 2 seconds"
    ].map((word) => new StoreFailure({ operation: "save", detail: `${word} (Redis at 127.0.0.1:6379, database 0)` })),
    new StoreFailure({
      operation: "load",
      detail: "/home/a.b (owner 0, mode 755) is open to other users: use chmod 700, or another path"
    }),
    new StoreFailure({ operation: "save", detail: "it took too long" })
  ]
  it.each([
    ...failures.map(({ message }) => message),
    `${failures[0]?.message} Acquiring without the store, because acquireWithoutStore is true.`,
    "ignored, because no token store created it: /home/a.b/fence",
    "ignored, because no token store writes these numbers: the fields fence, generation of jindouyun:x",
    "the token store holds a record that is ignored: it cannot be read",
    "the token store holds a record that is ignored: it has the newer format 9",
    "the token store holds a record that is ignored: it was encrypted with another key, for another account, or has been changed",
    "a refresh was refused and an acquisition follows; if this repeats, the option refreshTokenField (now refreshToken) may be wrong",
    "a refresh before expiry was refused; the next one follows expiry: /api/refresh_token: return code 40003",
    "the variable JINDOUYUN_USERNAM is not known and changes nothing; the nearest known one is JINDOUYUN_USERNAME",
    "the variable JINDOUYUN_TIMEOUT is not known and changes nothing; known ones with a similar name are JINDOUYUN_REQUEST_TIMEOUT, JINDOUYUN_CLOSE_TIMEOUT",
    "the variable JINDOUYUN_X is not known and changes nothing; docs/settings.md and jindouyun help settings list the known ones",
    "the platform also rejects the token that replaced a rejected one: check tokenPlacement (now header) and tokenName (now accessToken)"
  ])("%s", (warning) => {
    assert.deepStrictEqual(englishIn(Report.warning(warning, "zh")), [])
    assert.strictEqual(Report.warning(warning, "en"), warning)
  })
})
