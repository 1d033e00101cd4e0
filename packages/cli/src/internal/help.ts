import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Span from "@effect/cli/HelpDoc/Span"
import { type CommandName, commands } from "../CommandLine.js"
import * as ExitCode from "../ExitCode.js"
import { summaries } from "./summaries.js"

/**
 * The examples by command: each is a shell command and its meaning.
 *
 * @internal
 */
export const examples: {
  readonly [command in CommandName | "start"]: ReadonlyArray<readonly [line: string, meaning: string]>
} = {
  start: [
    [
      "jindouyun sandbox --port 8080",
      "runs an emulated platform on this machine; use a second shell. No account needed"
    ],
    [
      "jindouyun login --base-url http://127.0.0.1:8080 --username user1",
      "asks for the password (pass1 in the sandbox) and stores the pair; the real platform is the default base URL"
    ],
    ["jindouyun call /api/report/echo --data '{\"day\":\"2021-12-12\"}'", "calls a report with the token"],
    ["curl -H \"accessToken: $(jindouyun token)\" …", "passes the token to another program"],
    ["jindouyun COMMAND --help", "shows the options and more examples of a command"]
  ],
  token: [
    ["jindouyun token", "prints only the token, from the store while the token is valid"],
    ["jindouyun token --json", "also prints the generation and both expiry times"],
    ["curl -H \"accessToken: $(jindouyun token)\" https://jdy.cigdata.cn/api/…", "passes the token to another program"]
  ],
  refresh: [["jindouyun refresh", "gets a new pair, for example after the platform has rejected a token"]],
  status: [
    ["jindouyun status", "shows the stored pair, its place and its expiry times"],
    ["jindouyun status --json | jq .accessToken.secondsLeft", "prints how many seconds the access token is still valid"]
  ],
  login: [
    ["jindouyun login", "asks for username and password"],
    [
      "pass show jindouyun | jindouyun login --username user1 --password-stdin",
      "reads the password from another program"
    ],
    [
      "JINDOUYUN_ENCRYPTION_KEY=$(openssl rand -base64 32) jindouyun login --remember",
      "also stores the password, encrypted; later commands need the same key to use it"
    ]
  ],
  logout: [["jindouyun logout", "deletes the stored pair of the account and its remembered password"]],
  call: [
    ["jindouyun call /api/report/daily --data '{\"day\":\"2021-12-12\"}'", "prints the data of the response as JSON"],
    [
      "jindouyun call /api/report/daily --data @day.json --raw",
      "reads the parameters from a file; prints the whole response"
    ],
    ["date +'{\"day\":\"%F\"}' | jindouyun call /api/report/daily --data -", "reads the parameters from stdin"],
    [
      "jindouyun call /api/report/daily --method GET --data '{\"day\":\"2021-12-12\"}'",
      "sends the parameters in the query"
    ]
  ],
  doctor: [
    ["jindouyun doctor", "checks settings, store, network and clock, without a login"],
    [
      "jindouyun doctor --probe --path /api/report/daily",
      "tests the points that the platform's document leaves open: one login, one refresh, one call"
    ]
  ],
  sandbox: [
    ["jindouyun sandbox", "runs an emulated platform on a free port, until Ctrl-C"],
    ["jindouyun sandbox --port 8080", "uses a port of your choice"]
  ]
}

/**
 * The end of a command's help: its examples.
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
 * The help without a command. It replaces the parser's own, which lists the options of all commands.
 *
 * @internal
 */
export const overview: string = [
  "jindouyun: the access token of the Jindouyun open platform, for shells and scripts",
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
