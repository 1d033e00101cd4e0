// Runs every linter even when one of them has failed, so that one run reports every problem.
// With --fast it leaves out what needs the types. Other arguments go to oxlint (`npm run lint -- --fix`).
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"

const cwd = fileURLToPath(new URL("..", import.meta.url))
const isFast = process.argv.includes("--fast")
const fast = {
  "words": ["node", "scripts/language.mjs"],
  "examples of constructors and layers": ["node", "scripts/docs/examples.mjs"],
  "code and import cycles": [
    "oxlint",
    "--deny-warnings",
    ...process.argv.slice(2).filter((argument) => argument !== "--fast")
  ],
  "format": ["dprint", "check"]
}
const slow = {
  "tables of the READMEs": ["tsx", "scripts/docs/tables.ts", "--check"],
  "Effect diagnostics": [
    "effect-tsgo",
    "diagnostics",
    "--project",
    "tsconfig.json",
    "--format",
    "text",
    "--severity",
    "error,warning",
    "--strict"
  ]
}
let failed = false

for (const [title, command] of Object.entries(isFast ? fast : { ...fast, ...slow })) {
  console.log(`\n${title}`)
  const { status } = spawnSync(command.join(" "), { cwd, shell: true, stdio: "inherit" })
  failed ||= status !== 0
}

process.exit(failed ? 1 : 0)
