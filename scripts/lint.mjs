// Runs every linter even when one of them has failed, so that one run reports every problem.
// Arguments go to oxlint (`npm run lint -- --fix`).
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"

const cwd = fileURLToPath(new URL("..", import.meta.url))
const linters = {
  "words": ["node", "scripts/language.mjs"],
  "code and import cycles": ["oxlint", "--deny-warnings", ...process.argv.slice(2)],
  "format": ["dprint", "check"],
  "tables of the READMEs": ["tsx", "scripts/readme.ts", "--check"],
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

for (const [title, command] of Object.entries(linters)) {
  console.log(`\n${title}`)
  const { status } = spawnSync(command.join(" "), { cwd, shell: true, stdio: "inherit" })
  failed ||= status !== 0
}

process.exit(failed ? 1 : 0)
