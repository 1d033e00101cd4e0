/**
 * The cases as programs of plain JavaScript: what `tsx` makes of them would be slower than what a consumer runs.
 */
import { build } from "esbuild"
import { readdirSync } from "node:fs"
import { editions } from "./editions.js"

const source = "packages/bench"

export const output = "packages/bench/build"

const bundled = (entryPoints: ReadonlyArray<string>, outdir: string) =>
  build({
    entryPoints: [...entryPoints],
    outdir,
    entryNames: "[name]",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    // Effect stays a module of its own, as for a consumer; this library comes from its sources.
    external: ["effect", "effect/*", "@effect/*", "ioredis", "esbuild", "tinybench"],
    logLevel: "warning"
  })

export const bundle = async (): Promise<void> => {
  await bundled([
    `${source}/server.ts`,
    `${source}/callWorker.ts`,
    ...readdirSync(`${source}/cases`).map((file) => `${source}/cases/${file}`)
  ], output)
  for (const { folder } of editions) {
    await bundled([`${folder}/contenders/index.ts`, `${folder}/contenders/fleetWorker.ts`], `${folder}/build`)
  }
}
