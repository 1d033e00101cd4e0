import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Span from "@effect/cli/HelpDoc/Span"
import { type CommandName, commands } from "../CommandLine.js"
import * as ExitCode from "../ExitCode.js"
import { summaries } from "./summaries.js"

/**
 * The examples, by command: each is a line for a shell and what it does.
 *
 * @internal
 */
export const examples: {
  readonly [command in CommandName | "start"]: ReadonlyArray<readonly [line: string, meaning: string]>
} = {
  start: [
    [
      "jindouyun sandbox --port 8080",
      "without an account: an emulated platform on this machine, in a shell of its own"
    ],
    [
      "jindouyun login --base-url http://127.0.0.1:8080 --username user1",
      "asks for the password (pass1 is the sandbox's) and stores the pair; without --base-url it is the real platform"
    ],
    ["jindouyun call /api/report/echo --data '{\"day\":\"2021-12-12\"}'", "calls a report with the token"],
    ["curl -H \"accessToken: $(jindouyun token)\" …", "the token alone, for other programs"],
    ["jindouyun COMMAND --help", "the options and more examples of a command"]
  ],
  token: [
    ["jindouyun token", "prints the token alone, from the store while it is good"],
    ["jindouyun token --json", "with its generation and the expiries of both halves"],
    ["curl -H \"accessToken: $(jindouyun token)\" https://jdy.cigdata.cn/api/…", "a call by another program"]
  ],
  refresh: [["jindouyun refresh", "gets a new pair, for example after the platform has rejected a token"]],
  status: [
    ["jindouyun status", "tells what is stored, where, and how long it lives"],
    ["jindouyun status --json | jq .accessToken.secondsLeft", "the seconds the access token still has"]
  ],
  login: [
    ["jindouyun login", "asks for username and password"],
    ["pass show jindouyun | jindouyun login --username user1 --password-stdin", "takes the password from a program"],
    [
      "JINDOUYUN_ENCRYPTION_KEY=$(openssl rand -base64 32) jindouyun login --remember",
      "keeps the password too, encrypted; the key has to be set whenever it is to be used"
    ]
  ],
  logout: [["jindouyun logout", "drops the stored pair of the account, and its password if it was remembered"]],
  call: [
    ["jindouyun call /api/report/daily --data '{\"day\":\"2021-12-12\"}'", "prints the data of the answer as JSON"],
    ["jindouyun call /api/report/daily --data @day.json --raw", "parameters from a file; prints the whole envelope"],
    ["date +'{\"day\":\"%F\"}' | jindouyun call /api/report/daily --data -", "parameters from stdin"],
    ["jindouyun call /api/report/daily --method GET --data '{\"day\":\"2021-12-12\"}'", "parameters in the query"]
  ],
  doctor: [
    ["jindouyun doctor", "checks settings, store, network and clock; signs in nowhere"],
    [
      "jindouyun doctor --probe --path /api/report/daily",
      "asks the platform how it does what its document leaves open: one login, one refresh, one call"
    ]
  ],
  sandbox: [
    ["jindouyun sandbox", "an emulated platform on a free port, until Ctrl-C"],
    ["jindouyun sandbox --port 8080", "on a port of your choice"]
  ]
}

/**
 * What follows the help of a command: how it is called.
 *
 * @internal
 */
export const footer = (command: CommandName): HelpDoc.HelpDoc =>
  HelpDoc.blocks([
    HelpDoc.h1("EXAMPLES"),
    ...examples[command].map(([line, meaning]) =>
      HelpDoc.descriptionList([[Span.text(`$ ${line}`), HelpDoc.p(meaning)]])
    )
  ])

/**
 * The help of the whole. The parser's own has the options of all commands in it, and nobody finds the way through them.
 *
 * @internal
 */
export const overview: string = [
  "jindouyun: the access token of the Jindouyun open platform at a shell",
  "",
  "USAGE",
  "",
  "  jindouyun COMMAND [options] [arguments]",
  "",
  "COMMANDS",
  "",
  ...commands.map((command) => `  ${command.padEnd(9)} ${summaries[command]}`),
  "",
  "GETTING STARTED",
  "",
  ...examples.start.flatMap(([line, meaning]) => [`  $ ${line}`, `      ${meaning}`]),
  "",
  "OPTIONS",
  "",
  "  --help, -h                   this text, or the options and examples of a command",
  "  --json                       results and errors as JSON",
  "  --version                    the version",
  "  --completions bash|zsh|fish  a completion script: source <(jindouyun --completions bash)",
  "",
  "EXIT CODES",
  "",
  ...Object.entries(ExitCode.codes).map(([name, code]) =>
    `  ${String(code).padEnd(4)} ${ExitCode.meanings[name as keyof typeof ExitCode.codes].en}`
  )
].join("\n")
