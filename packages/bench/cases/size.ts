/**
 * What a program that acquires a token and calls one endpoint weighs as a bundle: minified, and packed with gzip -9.
 */
import { build } from "esbuild"
import { existsSync, readdirSync } from "node:fs"
import { gzipSync } from "node:zlib"
import { count, main, spread } from "../measure.js"

const size = async (entry: string): Promise<number> => {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "node",
    target: "es2022",
    logLevel: "error"
  })
  return gzipSync(outputFiles[0]?.contents ?? "", { level: 9 }).length
}

main(async ({ peers }) => {
  const programs: Record<string, string> = {
    ours: "packages/bench/programs/ours.ts",
    "HttpClient and Schema by hand": "packages/bench/programs/byHand.ts"
  }
  const theirs = "packages/bench/peers/programs"
  for (const file of peers && existsSync(theirs) ? readdirSync(theirs) : []) {
    programs[file.replace(".mjs", "")] = `${theirs}/${file}`
  }
  const sizes: Record<string, number> = {}
  for (const [name, entry] of Object.entries(programs)) {
    sizes[name] = await size(entry)
  }
  const { "HttpClient and Schema by hand": byHand = NaN, ours = NaN } = sizes
  return {
    figures: Object.entries(sizes).map(([contender, bytes]) => ({
      measure: "bundle",
      contender,
      unit: "B",
      ...spread([bytes])
    })),
    checks: [
      count("bytes of the bundle", ours, undefined),
      count("bytes of the one by hand", byHand, undefined),
      count("bytes more than by hand", ours - byHand, { atMost: 10_000 })
    ]
  }
})
