import type { ActName } from "./cell.js"
import type { Row } from "./rows.js"

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

const intro = `# Results of the fault matrix

\`\`\`sh
npx vitest run FaultMatrix      # plays every cell and compares the outcome with this page
npx vitest run FaultMatrix -u   # plays every cell and writes this page
npm run test:4 -- FaultMatrix   # plays every cell on Effect 4 and compares the outcome with this page
\`\`\`

Every row is played on real sockets with three clients: fetch, and the clients of undici and Node in \`@effect/platform-node\`. The expected
outcome is written by hand in \`rows.ts\`, from the guarantees; this page has the observed outcome. The test fails if the two differ, if this
page differs, or if a cell takes longer than 20 seconds. It also fails if anything is left behind: a request that hangs at the server, an open
connection after the client has closed, or a new active resource in the process. Idle connections in the pool of fetch are not counted.

- **One request**: the outcome of one acquisition and of one refresh, which are always equal: the error's tag, its \`reason\` or \`code\`,
  its \`delivery\` and its \`disposition\`. **Sent**: the requests that reached a server.
- The other columns show one renewal of the provider: the requests counted at the server, in order (\`L\` an acquisition, \`R\` a refresh, \`–\`
  none), and its end: \`token\`, or \`✗\` for the failure of the one request, with the number of attempts if it differs. A later caller
  sends nothing: it is \`served\` the earlier token, or receives the same failure while the provider is \`cooling\` or \`credentialsRefused\`.
- **Login**: the provider has no token. **Needed refresh**: the access token was rejected. **Forced refresh**: the access token is valid.
  The fault occurs *once*, *always* for that request, or *everywhere*, also for the acquisition after it.`

const cell = (text: string) => text.replaceAll("|", "\\|")

/** The page with the table of a run. */
export const page = (lines: ReadonlyArray<Line>): string => {
  const groups = [...new Set(lines.map(({ group }) => group))].map((group) => {
    const rows = lines.filter((line) => line.group === group)
    const table = [header, header.map(() => "---"), ...rows.map(cells)].map((row) => `| ${row.join(" | ")} |`)
    const notes = [...new Set(rows.flatMap(({ notes }) => notes))]
    return [`## ${group}`, table.join("\n"), ...notes].join("\n\n")
  })
  return `${[intro, ...groups].join("\n\n")}\n`
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
