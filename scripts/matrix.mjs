// Plays the fault matrix and compares it with docs/reliability.md; with --update it writes the table there.
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"

const { status } = spawnSync("vitest run packages/core/test/FaultMatrix.slow.test.ts", {
  cwd: fileURLToPath(new URL("..", import.meta.url)),
  env: process.argv.includes("--update") ? { ...process.env, UPDATE_RELIABILITY: "1" } : process.env,
  shell: true,
  stdio: "inherit"
})

process.exit(status ?? 1)
