import * as CliConfig from "@effect/cli/CliConfig"
import * as Command from "@effect/cli/Command"
import * as HelpDoc from "@effect/cli/HelpDoc"
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import {
  aliases,
  arrange,
  check,
  commands,
  isJson,
  ownOptions,
  passwordTyped,
  settingsOptions,
  switches,
  valued
} from "../src/CommandLine.js"
import { call } from "../src/commands/call.js"
import { doctor } from "../src/commands/doctor.js"
import { login } from "../src/commands/login.js"
import { logout } from "../src/commands/logout.js"
import { refresh } from "../src/commands/refresh.js"
import { sandbox } from "../src/commands/sandbox.js"
import { status } from "../src/commands/status.js"
import { token } from "../src/commands/token.js"
import { plain } from "../src/internal/Output.js"

const ordered = (...typed: ReadonlyArray<string>) => Either.getOrThrow(arrange(typed)).arguments

describe("the command line", () => {
  it("takes options before the command, after it, and after its arguments", () => {
    const expected = ["call", "--data", "-", "--json", "--", "/api/report/echo"]
    assert.deepStrictEqual(ordered("--json", "call", "--data", "-", "/api/report/echo"), expected)
    assert.deepStrictEqual(ordered("call", "/api/report/echo", "--json", "--data", "-"), expected)
    assert.deepStrictEqual(ordered("call", "--json", "/api/report/echo", "--data", "-"), expected)
  })

  it("does not take the value of an option for a command", () => {
    assert.deepStrictEqual(ordered("--username", "status", "token"), ["token", "--username", "status"])
    assert.deepStrictEqual(ordered("-u", "status", "token"), ["token", "--username", "status"])
  })

  it("reads --store as the other sources of the setting are read", () => {
    for (const value of [" none", "none\n", "\ufeffnone"]) {
      assert.deepStrictEqual(ordered("token", "--store", value), ["token", "--store", "none"])
    }
    assert.deepStrictEqual(ordered("token", "--store="), ["token"])
    assert.deepStrictEqual(ordered("token", "--store", "none", "--store="), ["token"])
    assert.isTrue(Either.isLeft(check("token", ["token", "--store", " "])))
  })

  it("reads an empty --host as none, because it would be every address of the machine", () => {
    assert.deepStrictEqual(ordered("sandbox", "--host="), ["sandbox"])
    assert.deepStrictEqual(ordered("sandbox", "--host", "", "--port", "0"), ["sandbox", "--port", "0"])
  })

  it("knows that output is to be JSON wherever that stands, but not where it is an argument", () => {
    assert.isTrue(Either.getOrThrow(arrange(["nope", "--json"])).json)
    assert.isFalse(Either.getOrThrow(arrange(["call", "--", "--json"])).json)
  })

  it("reads help as a command", () => {
    assert.deepStrictEqual(ordered("help", "token"), ["token", "--help"])
    assert.deepStrictEqual(ordered("help"), ["--help"])
    assert.deepStrictEqual(ordered("call", "/api", "--data", "-", "-h"), ["call", "--help"])
  })

  it("refuses a password in every form, and repeats none", () => {
    const forms = [
      ["login", "--password", "hunter2"],
      ["login", "--password=hunter2"],
      ["--pass", "hunter2", "login"],
      ["login", "--PASSWORD=hunter2"],
      ["login", "-p", "hunter2"],
      ["login", "-phunter2"]
    ]
    for (const form of forms) {
      assert.strictEqual(Either.getOrThrow(Either.flip(arrange(form))), passwordTyped, form.join(" "))
    }
    assert.notInclude(JSON.stringify(passwordTyped), "hunter2")
  })

  it("takes --password-stdin for what it is", () => {
    assert.deepStrictEqual(ordered("login", "--password-stdin"), ["login", "--password-stdin"])
  })
})

describe("an option that takes a value", () => {
  const values = ["x", "", " ", "-", "-5", "a=b", "\n{}\n", "@day.json", "true"]
  const options = [...valued, ...Object.keys(aliases).filter((alias) => valued.some((name) => name === aliases[alias]))]

  it.each(options)("is read in the same way in each form: %s", (option) => {
    const name = aliases[option] ?? option
    for (const value of values) {
      const read = value === "" && ["--store", "--host"].includes(name)
        ? []
        : [name, name === "--store" ? value.trim() || value : value]
      const expected = ["call", ...read, "--", "/api/x"]
      const forms = [
        ["call", option, value, "/api/x"],
        ["call", `${option}=${value}`, "/api/x"],
        [`${option}=${value}`, "call", "--", "/api/x"],
        ["call", "/api/x", option, value],
        ...["--set", "--account", "--report"].includes(name)
          ? []
          : [["call", option, "first", "/api/x", `${option}=${value}`]],
        ...option === name || value.startsWith("=") || value === "" ? [] : [["call", `${option}${value}`, "/api/x"]]
      ]
      for (const form of forms) {
        assert.deepStrictEqual(ordered(...form), expected, JSON.stringify(form))
      }
    }
  })

  it.each(options)("is refused without a value: %s", (option) => {
    for (const form of [["token", option], ["token", option, "--json"], ["token", option, "--"]]) {
      const error = Either.getOrThrow(Either.flip(arrange(form)))
      assert.strictEqual(error.message, `${aliases[option] ?? option} has no value`)
    }
  })

  it("is used as often as it is given if it is --set", () => {
    for (const name of ["--set", "--account", "--report"]) {
      assert.deepStrictEqual(ordered("token", name, "a=1", `${name}=b=2`), ["token", name, "a=1", name, "b=2"])
    }
  })
})

describe("an option that is on or off", () => {
  const on = (...typed: ReadonlyArray<string>) => Either.getOrThrow(arrange(["call", ...typed])).arguments

  it.each(switches)("is read in the same way in each form: %s", (option) => {
    const present = on(option)
    const absent = on()
    assert.notDeepEqual(present, absent)
    for (const value of ["true", "TRUE", "yes", "on", "1"]) {
      assert.deepStrictEqual(on(`${option}=${value}`), present, value)
    }
    for (const value of ["false", "False", "no", "off", "0"]) {
      assert.deepStrictEqual(on(`${option}=${value}`), absent, value)
    }
    assert.deepStrictEqual(on(option, option), present)
    assert.deepStrictEqual(on(option, `${option}=false`), absent)
    assert.deepStrictEqual(on(`${option}=false`, option), present)
    for (const value of ["", "maybe", "2", " true"]) {
      const error = Either.getOrThrow(Either.flip(arrange(["call", `${option}=${value}`])))
      assert.strictEqual(error.message, `the value of ${option} is not true or false`)
    }
  })

  it("decides about JSON in the same way, also where the line is wrong", () => {
    for (const line of [["--json"], ["--json=true"], ["--json=false", "--json=1"], ["--json", "--json=maybe"]]) {
      assert.isTrue(isJson(["nope", ...line, "--password", "x"]), line.join(" "))
    }
    for (const line of [[], ["--json=false"], ["--json", "--json=off"], ["--", "--json"], ["-u", "-", "--jsonx"]]) {
      assert.isFalse(isJson(["nope", ...line]), line.join(" "))
    }
  })
})

const optionsOf = <Name extends string, R, E, A>(command: Command.Command<Name, R, E, A>) =>
  Array.from(
    plain(HelpDoc.toAnsiText(Command.getHelp(command, CliConfig.defaultConfig))).matchAll(
      /(?<![\w-])--?[a-z][a-z-]*/gi
    ),
    ([option]) => option
  )

it("every option of every command is read by these rules", () => {
  const parsed = {
    token: optionsOf(token("en")),
    refresh: optionsOf(refresh("en")),
    status: optionsOf(status("en")),
    login: optionsOf(login("en")),
    logout: optionsOf(logout("en")),
    call: optionsOf(call("en")),
    doctor: optionsOf(doctor("en")),
    sandbox: optionsOf(sandbox("en"))
  }
  for (const name of commands) {
    const options = parsed[name].map((option) => aliases[option] ?? option)
    const known = [
      ...ownOptions[name],
      ...name === "sandbox" ? ["--log-level"] : settingsOptions,
      "--json",
      "--help",
      "--version",
      "--completions",
      // An option of the parser, which `check` refuses.
      "--wizard"
    ]
    assert.deepStrictEqual([...new Set(options)].sort(), known.sort(), name)
  }
})

describe("a line that names a command is checked", () => {
  const problemOf = (...typed: ReadonlyArray<string>) =>
    Either.match(check(Either.getOrThrow(arrange(typed)).command, typed), {
      onLeft: ({ hint, problem }) => `${problem.en}. ${hint.en}`,
      onRight: () => "none"
    })

  it.each<readonly [line: string, problem: string]>([
    ["token", "none"],
    ["call /api/x", "none"],
    ["call /api/x -d {} -X GET --raw --json --log-level debug --store none", "none"],
    ["sandbox --port 8080 --json --log-level debug", "none"],
    ["sandbox --host ::1 --control-key k --account a:b --account c:d --report /a=b --quiet", "none"],
    ["token --account a:b", "jindouyun token has no option --account. See jindouyun token --help."],
    ["--completions zsh", "none"],
    ["token --nope", "jindouyun token has no option --nope. See jindouyun token --help."],
    ["token --nope=s3cret", "jindouyun token has no option --nope. See jindouyun token --help."],
    ["token --wizard", "jindouyun token has no option --wizard. See jindouyun token --help."],
    ["token -q", "jindouyun token has no option -q. See jindouyun token --help."],
    ["token --port 80", "jindouyun token has no option --port. See jindouyun token --help."],
    ["sandbox --username x", "jindouyun sandbox has no option --username. See jindouyun sandbox --help."],
    ["token --raw=false", "jindouyun token has no option --raw. See jindouyun token --help."],
    ["token s3cret", "there is one argument too many. See jindouyun token --help."],
    ["call /a /b", "there is one argument too many. See jindouyun call --help."],
    [
      "call",
      "the path of the report is missing. Write the path after the base URL, such as jindouyun call /api/report/daily."
    ],
    ["token --store shelf", "--store does not accept this value. Use one of: file, redis, none."],
    ["call /a -X FOO", "--method does not accept this value. Use one of: POST, GET, PUT, PATCH, DELETE."],
    ["doctor -X PUT", "--method does not accept this value. Use one of: POST, GET."],
    [
      "token --log-level loud",
      "--log-level does not accept this value. Use one of: all, trace, debug, info, warning, error, fatal, none."
    ],
    ["--completions csh", "--completions does not accept this value. Use one of: bash, zsh, fish, sh."],
    ["sandbox --port abc", "--port does not accept this value. Use one of: 0 … 65535."],
    ["sandbox --port -1", "--port does not accept this value. Use one of: 0 … 65535."]
  ])("%s", (line, problem) => {
    assert.strictEqual(problemOf(...line.split(" ")), problem)
  })
})
