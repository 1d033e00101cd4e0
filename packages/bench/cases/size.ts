/**
 * The bytes of a bundle that acquires a token and calls one endpoint: minified, and compressed with gzip -9.
 */
import { build } from "esbuild"
import { existsSync, readdirSync } from "node:fs"
import { gzipSync } from "node:zlib"
import { editions, nameOf } from "../editions.js"
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
  const sizes = new Map<string, number>()
  for (const edition of editions) {
    sizes.set(nameOf("ours", edition), await size(`${edition.folder}/programs/ours.ts`))
    sizes.set(nameOf("by hand", edition), await size(`${edition.folder}/programs/byHand.ts`))
    sizes.set(nameOf("bare HttpClient", edition), await size(`${edition.folder}/programs/bare.ts`))
  }
  const theirs = "packages/bench/peers/programs"
  for (const file of peers && existsSync(theirs) ? readdirSync(theirs) : []) {
    sizes.set(file.replace(".mjs", ""), await size(`${theirs}/${file}`))
  }
  const checks = editions.flatMap((edition) => {
    const ours = sizes.get(nameOf("ours", edition)) ?? NaN
    const byHand = sizes.get(nameOf("by hand", edition)) ?? NaN
    return [
      count(nameOf("bytes of the bundle", edition), ours, edition.name === "Effect 4" ? { atMost: 65_000 } : undefined),
      count(nameOf("bytes of the client by hand", edition), byHand, undefined),
      count(nameOf("bytes more than by hand", edition), ours - byHand, undefined)
    ]
  })
  return {
    figures: [...sizes].map(([contender, bytes]) => ({ measure: "bundle", contender, unit: "B", ...spread([bytes]) })),
    checks
  }
})
