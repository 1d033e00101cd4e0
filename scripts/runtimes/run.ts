// Runs core's smoke test on every runtime that has fetch: `npm run runtimes [-- NAME…] [--update]`; --update writes the
// table of docs/runtimes.md. The runtimes come as packages, hundreds of megabytes of them, into a folder that git ignores.
import * as Effect from "effect/Effect"
import { build } from "esbuild"
import { execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import * as Sandbox from "../../packages/sandbox/src/Sandbox.js"
import * as SandboxServer from "../../packages/sandbox/src/SandboxServer.js"
import { installApart } from "../installApart.mjs"
import { write } from "../section.js"
import { nodes } from "./nodes.js"
import { expected } from "./smoke.js"

const run = promisify(execFile)
const root = fileURLToPath(new URL("../..", import.meta.url))

const versions = {
  ...nodes,
  "@oven/bun-linux-x64": "1.4.5",
  "@deno/linux-x64-glibc": "2.9.6",
  "@cloudflare/workerd-linux-64": "1.20261117.1"
}

interface Runtime {
  readonly name: string
  readonly version: () => Promise<string>
  readonly smoke: (url: string) => Promise<string>
}

const command = async (file: string, ...args: ReadonlyArray<string>): Promise<string> =>
  (await run(file, args, { timeout: 60_000 })).stdout.trim()

const runtimesOf = (folder: string): ReadonlyArray<Runtime> => {
  const bin = (path: string) => `${folder}/node_modules/${path}`
  const deno = bin("@deno/linux-x64-glibc/deno")
  const bun = bin("@oven/bun-linux-x64/bin/bun")
  const workerd = bin("@cloudflare/workerd-linux-64/bin/workerd")
  const node = (name: string, file: string): Runtime => ({
    name,
    version: () => command(file, "--version"),
    smoke: (url) => command(file, `${folder}/command.mjs`, url)
  })
  return [
    node("Node 20", process.execPath),
    node("Node 22", bin("node22/bin/node")),
    node("Node 24", bin("node24/bin/node")),
    {
      name: "Bun",
      version: () => command(bun, "--version"),
      smoke: (url) => command(bun, `${folder}/command.mjs`, url)
    },
    {
      name: "Deno",
      version: async () => (await command(deno, "--version")).split("\n")[0] ?? "",
      smoke: (url) => command(deno, "run", "--allow-net=127.0.0.1", `${folder}/command.mjs`, url)
    },
    { name: "workerd", version: () => command(workerd, "--version"), smoke: (url) => inWorker(workerd, folder, url) }
  ]
}

const inWorker = async (workerd: string, folder: string, url: string): Promise<string> => {
  const port = await freePort()
  const config = `${folder}/worker.capnp`
  writeFileSync(
    config,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker", esModule = embed "worker.mjs")],
      bindings = [(name = "PLATFORM", text = "${url}")],
      compatibilityDate = "2026-01-01",
      globalOutbound = "loopback"
    )),
    (name = "loopback", network = (allow = ["private", "local"]))
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);
`
  )
  const server = spawn(workerd, ["serve", config], { stdio: ["ignore", "ignore", "inherit"] })
  try {
    for (let tries = 0; tries < 100; tries++) {
      const answer = await fetch(`http://127.0.0.1:${port}`).catch(() => undefined)
      if (answer !== undefined) {
        return await answer.text()
      }
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    return "it does not answer"
  } finally {
    server.kill()
  }
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  server.close()
  return typeof address === "object" && address !== null ? address.port : 0
}

const bundle = (entry: string, outfile: string) =>
  build({
    stdin: { contents: entry, resolveDir: `${root}scripts/runtimes`, loader: "ts" },
    bundle: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "es2022",
    outfile
  })

const chosen = process.argv.slice(2).filter((argument) => !argument.startsWith("--"))
const folder = installApart("runtimes", versions)
await bundle(
  `import { smoke } from "./smoke.js"
const args = globalThis.Deno?.args ?? globalThis.process.argv.slice(2)
console.log(await smoke(args[0]))`,
  `${folder}/command.mjs`
)
await bundle(
  `import { smoke } from "./smoke.js"
export default { fetch: async (_request, { PLATFORM }) => new Response(await smoke(PLATFORM).catch(String)) }`,
  `${folder}/worker.mjs`
)

const rows: Array<readonly [name: string, version: string, isGood: boolean]> = []
for (const { name, smoke, version } of runtimesOf(folder)) {
  if (chosen.length > 0 && !chosen.includes(name)) {
    continue
  }
  const seen = await Effect.runPromise(
    Effect.gen(function*() {
      const { url } = yield* SandboxServer.SandboxServer
      const said = yield* Effect.promise(() => smoke(url).catch((error: unknown) => String(error)))
      // What the platform saw, for a client can say anything.
      const { acquire, refresh } = yield* (yield* Sandbox.Sandbox).requests
      return { said, requests: `${acquire} acquisitions, ${refresh} refresh` }
    }).pipe(Effect.provide(SandboxServer.layer()))
  )
  const isGood = seen.said === expected && seen.requests === "2 acquisitions, 1 refresh"
  console.log(`${isGood ? "✓" : "✗"} ${name}: ${seen.said}; ${seen.requests}`)
  rows.push([name, /[0-9]+([.-][0-9]+)+/.exec(await version())?.[0] ?? "", isGood])
}

if (process.argv.includes("--update")) {
  const lines = rows.map(([name, version, isGood]) => `| ${name} | ${isGood ? version : "✗"} |`)
  write("runtimes", "runtimes", ["| Runtime | Tried |", "| --- | --- |", ...lines].join("\n"))
}
process.exit(rows.every(([, , isGood]) => isGood) ? 0 : 1)
