import { existsSync, readFileSync, writeFileSync } from "node:fs"
import type { ActName } from "./cell.js"
import type { Row } from "./rows.js"

const page = new URL("../../../../docs/reliability.md", import.meta.url)
const begin = "<!-- fault-matrix -->"
const end = "<!-- /fault-matrix -->"

/** What was observed of some clients, all alike, in a row. */
export interface Line {
  readonly group: string
  readonly title: string
  readonly clients: string
  readonly outcomes: { readonly [Name in ActName]: string }
  readonly notes: ReadonlyArray<string>
}

/** One line for each way in which clients behaved. */
export const lines = (
  { except, group, note, title }: Row,
  observed: ReadonlyArray<{ readonly name: string; readonly outcomes: Line["outcomes"] }>,
  areUsual: boolean
): ReadonlyArray<Line> => {
  const alike = new Map<string, Array<typeof observed[number]>>()
  for (const each of observed) {
    const key = JSON.stringify(each.outcomes)
    alike.set(key, [...alike.get(key) ?? [], each])
  }
  return [...alike.values()].flatMap((same) =>
    same.slice(0, 1).map(({ name, outcomes }) => ({
      group,
      title,
      clients: areUsual && same.length === observed.length ? "all" : same.map(({ name }) => name).join(", "),
      outcomes,
      notes: [
        ...except?.[name] === undefined ? [] : [`${title}, ${name}: ${except[name].why}.`],
        ...note === undefined ? [] : [`${title}: ${note}.`]
      ]
    }))
  )
}

const header = [
  "What goes wrong",
  "Client",
  "One request",
  "Sent",
  "Login: once",
  "always",
  "Needed refresh: once",
  "always",
  "everywhere",
  "Forced refresh: once",
  "always"
]

const intro = `## Fault matrix

\`\`\`sh
npm run matrix              # plays every cell and compares with this table
npm run matrix -- --update  # plays every cell and writes this table
\`\`\`

Every line is played on real sockets to three clients: fetch, and undici's and Node's of \`@effect/platform-node\`. What is
expected of it is written by hand, from the guarantees of the token, in \`packages/core/test/matrix/rows.ts\`; what is printed here is
what was observed. The run fails if the two differ, if this table differs, if a cell takes longer than 8 seconds, and if
anything is left behind: at the server a request that hangs or a connection once the client is closed (those that idle in
the pool of fetch are not counted, for it is the runtime's), in the process an active resource that was not there before.

- **One request**: the outcome of an acquisition, and of a refresh, which never differ: the error's tag, its \`reason\` or \`code\`, \`phase\`
  and \`disposition\`. **Sent**: the requests that reached a server.
- The other columns are what a renewal of the provider sends, counted at the server in its order, \`L\` an acquisition, \`R\` a refresh,
  \`–\` nothing; and how it ends: \`token\`, or \`✗\`, the failure of the one request, with the attempts it counts where that is
  another number. Afterwards a reader without sending anything is \`served\` the token there was, or given the same failure,
  the provider being \`cooling\` or \`credentialsRefused\`.
- **Login**: nothing is held. **Needed refresh**: the access token was rejected. **Forced refresh**: it is still good. The trouble
  comes *once*, *always* when that request is made, or *everywhere*, when the acquisition after it is made, too.`

const cell = (text: string) => text.replaceAll("|", "\\|")

const render = (lines: ReadonlyArray<Line>): string => {
  const groups = [...new Set(lines.map(({ group }) => group))].map((group) => {
    const rows = lines.filter((line) => line.group === group)
    const table = [header, header.map(() => "---"), ...rows.map(cells)].map((row) => `| ${row.join(" | ")} |`)
    const notes = [...new Set(rows.flatMap(({ notes }) => notes))]
    return [`### ${group}`, table.join("\n"), ...notes].join("\n\n")
  })
  return [intro, ...groups].join("\n\n")
}

const cells = ({ clients, outcomes, title }: Line): ReadonlyArray<string> => {
  const [sent = "", ...rest] = outcomes.requests.split(" ")
  const failure = rest.join(" ")
  const renewals = [
    outcomes["acquire, once"],
    outcomes["acquire, always"],
    outcomes["needed refresh, once"],
    outcomes["needed refresh, always"],
    outcomes["needed refresh, everywhere"],
    outcomes["forced refresh, once"],
    outcomes["forced refresh, always"]
  ]
  return [
    title,
    clients,
    failure,
    sent,
    ...renewals.map((renewal) => short(renewal, failure))
  ]
    .map(cell)
}

const short = (renewal: string, failure: string) => failure === "token" ? renewal : renewal.replace(failure, "✗")

const sections = (): readonly [before: string, section: string, after: string] => {
  const text = existsSync(page) ? readFileSync(page, "utf8") : `# Reliability\n\n${begin}\n${end}\n`
  const [before, rest] = text.split(begin)
  const [section, after] = rest?.split(end) ?? []
  if (before === undefined || section === undefined || after === undefined) {
    throw new Error("docs/reliability.md has no place for the fault matrix")
  }
  return [before, section, after]
}

/** The table of the run, and the one in the document. */
export const compared = (lines: ReadonlyArray<Line>): { readonly ran: string; readonly committed: string } => ({
  ran: render(lines),
  committed: sections()[1].trim()
})

/** Puts the table of the run into the document. */
export const write = (lines: ReadonlyArray<Line>): void => {
  const [before, , after] = sections()
  writeFileSync(page, `${before}${begin}\n\n${render(lines)}\n\n${end}${after}`)
}
