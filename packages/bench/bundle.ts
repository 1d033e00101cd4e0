/**
 * The cases as programs of plain JavaScript: what `tsx` makes of them would be slower than what a consumer runs.
 */
import { build } from "esbuild"
import { readdirSync } from "node:fs"

const source = "packages/bench"

export const output = "packages/bench/build"

/** Effect and its platform stay modules of their own, as for a consumer; this library comes from its sources. */
export const bundle = async (): Promise<void> => {
  await build({
    entryPoints: [
      `${source}/server.ts`,
      `${source}/callWorker.ts`,
      `${source}/fleetWorker.ts`,
      ...readdirSync(`${source}/cases`).map((file) => `${source}/cases/${file}`)
    ],
    outdir: output,
    entryNames: "[name]",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    external: ["effect", "effect/*", "@effect/*", "ioredis", "esbuild", "tinybench"],
    logLevel: "warning"
  })
}
