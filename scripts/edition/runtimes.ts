// Runs one program with the packed tarballs of both editions on several versions of Node, with each HTTP client, against the sandbox as a
// server: `npm run edition:runtimes [-- --update]`; --update writes the table of docs/runtimes.md. It needs `npm run build` before it.
import * as Effect from "effect/Effect"
import { execFile } from "node:child_process"
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import * as Sandbox from "../../packages/sandbox/src/Sandbox.js"
import * as SandboxServer from "../../packages/sandbox/src/SandboxServer.js"
import { installApart } from "../installApart.mjs"
import { packAll } from "../packages/tarballs.mjs"
import { nodes } from "../runtimes/nodes.js"
import { write } from "../section.js"

const run = promisify(execFile)
const root = fileURLToPath(new URL("../..", import.meta.url))
const folder = installApart("edition", nodes)
const projects = mkdtempSync(join(tmpdir(), "edition-"))
process.on("exit", () => rmSync(projects, { recursive: true, force: true }))

const clients = ["fetch", "node", "undici"] as const
const files = [
  ["Node 20", process.execPath],
  ["Node 22", `${folder}/node_modules/node22/bin/node`],
  ["Node 24", `${folder}/node_modules/node24/bin/node`]
] as const

// `@effect/platform-node` 4 has undici 8, which needs Node 22.
const isPossible = (major: number, name: string, client: string): boolean =>
  major === 3 || name !== "Node 20" || client !== "undici"

const devDependencies = (name: string): { readonly [name: string]: string } =>
  JSON.parse(readFileSync(`${root}packages/${name}/package.json`, "utf8")).devDependencies

const tarballs = new Map(packAll().map(({ manifest, tarball }) => [manifest.name, tarball]))

const projectOf = async (
  major: number,
  library: string,
  own: { readonly [name: string]: string },
  ...peers: Array<string>
) => {
  const project = `${projects}/${major}`
  mkdirSync(project)
  writeFileSync(`${project}/package.json`, JSON.stringify({ private: true, type: "module" }))
  const installed = [tarballs.get(library) ?? library, ...peers.map((name) => `${name}@${own[name]}`)]
  await run("npm", ["i", ...installed, "--prefer-offline", "--no-audit", "--no-fund"], { cwd: project })
  copyFileSync(`${root}scripts/edition/program.mjs`, `${project}/program.mjs`)
  return { major, project }
}

const editions = [
  await projectOf(
    3,
    "@jindouyun/core",
    devDependencies("sandbox"),
    "effect",
    "@effect/platform",
    "@effect/platform-node"
  ),
  await projectOf(4, "@jindouyun/effect4", devDependencies("effect4"), "effect", "@effect/platform-node")
]

const expected = "1, 2, GET, 2026-12-01, 40001, unsent; 2 acquisitions, 1 refresh, 1 report"

/** The result of the program, and the requests that reached the platform. */
const play = (node: string, major: number, project: string, client: string): Promise<string> =>
  Effect.runPromise(
    Effect.gen(function*() {
      const { url } = yield* SandboxServer.SandboxServer
      const result = yield* Effect.promise(() =>
        run(node, ["program.mjs", String(major), client, url], { cwd: project, timeout: 60_000 }).then(
          ({ stdout }) => /^result: (.*)$/m.exec(stdout)?.[1] ?? stdout,
          (error: unknown) => String(error)
        )
      )
      const { acquire, refresh, report } = yield* (yield* Sandbox.Sandbox).requests
      return `${result}; ${acquire} acquisitions, ${refresh} refresh, ${report} report`
    }).pipe(Effect.provide(SandboxServer.layer()))
  )

const rows: Array<string> = []
let isGood = true
for (const [name, node] of files) {
  const cells: Array<string> = []
  for (const { major, project } of editions) {
    const good: Array<string> = []
    for (const client of clients.filter((client) => isPossible(major, name, client))) {
      const result = await play(node, major, project, client)
      console.log(`${result === expected ? "✓" : "✗"} ${name}, Effect ${major}, ${client}: ${result}`)
      isGood &&= result === expected
      good.push(result === expected ? client : `${client} ✗`)
    }
    cells.push(good.join(", "))
  }
  rows.push(`| ${[name, ...cells].join(" | ")} |`)
}

if (process.argv.includes("--update")) {
  write("runtimes", "clients", ["| Runtime | Effect 3 | Effect 4 |", "| --- | --- | --- |", ...rows].join("\n"))
}
process.exit(isGood ? 0 : 1)
