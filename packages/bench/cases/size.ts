/**
 * The bytes of a bundle that acquires a token and calls one endpoint: minified, and compressed with gzip -9.
 */
import { existsSync, readdirSync } from "node:fs"
import { editions, nameOf } from "../editions.js"
import { count, main, spread } from "../measure.js"
import { bundleOf, modulesOf } from "../modules.js"
import type { Goal, ModuleBytes } from "../Result.js"

const goals: Readonly<Record<string, Goal>> = {
  // Three quarters of the 40,718 B of the first measurement of this client by hand.
  "bytes more than by hand, Effect 3": { atMost: 30_538 },
  "bytes of the bundle, Effect 4": { atMost: 65_000 }
}

main(async ({ peers }) => {
  const sizes = new Map<string, number>()
  const modules: Record<string, ReadonlyArray<ModuleBytes>> = {}
  for (const edition of editions) {
    const ours = `${edition.folder}/programs/ours.ts`
    const byHand = await bundleOf(`${edition.folder}/programs/byHand.ts`)
    sizes.set(nameOf("ours", edition), (await bundleOf(ours)).size)
    sizes.set(nameOf("by hand", edition), byHand.size)
    sizes.set(nameOf("bare HttpClient", edition), (await bundleOf(`${edition.folder}/programs/bare.ts`)).size)
    modules[edition.name] = await modulesOf(ours, edition.library, byHand)
  }
  const theirs = "packages/bench/peers/programs"
  for (const file of peers && existsSync(theirs) ? readdirSync(theirs) : []) {
    sizes.set(file.replace(".mjs", ""), (await bundleOf(`${theirs}/${file}`)).size)
  }
  const checks = editions.flatMap((edition) => {
    const ours = sizes.get(nameOf("ours", edition)) ?? NaN
    const byHand = sizes.get(nameOf("by hand", edition)) ?? NaN
    return [
      ["bytes of the bundle", ours],
      ["bytes of the client by hand", byHand],
      ["bytes more than by hand", ours - byHand]
    ].map(([name, bytes]) => {
      const check = nameOf(String(name), edition)
      return count(check, Number(bytes), goals[check])
    })
  })
  return {
    figures: [...sizes].map(([contender, bytes]) => ({ measure: "bundle", contender, unit: "B", ...spread([bytes]) })),
    checks,
    modules
  }
})
