import { type Mutant, mutants } from "../mutants/mutants.js"
import { batchOf, size } from "./Batch.js"
import type { withBundle } from "./bundle.js"
import { table, write } from "./results.js"
import { Thread } from "./Thread.js"

/** A mutant that so many histories do not find survives. */
const most = 2000

interface Outcome {
  readonly isFound: boolean
  readonly histories: string
  readonly invariant: string
}

interface Options {
  readonly edition: string
  readonly isUpdating: boolean
  readonly only: string
  readonly threads: number
  readonly withBundle: typeof withBundle
}

/** Runs the histories of a seed against each mutant whose name contains a text; returns whether all were found. */
export const findAll = async (
  seed: number,
  { edition, isUpdating, only, threads, withBundle }: Options
): Promise<boolean> => {
  const chosen = mutants.filter(({ name }) => name.includes(only))
  const rest = [...chosen]
  const outcomes = new Map<Mutant, Outcome>()
  await Promise.all(Array.from({ length: threads }, async () => {
    for (let mutant = rest.shift(); mutant !== undefined; mutant = rest.shift()) {
      outcomes.set(mutant, await find(seed, mutant, withBundle))
    }
  }))
  const rows = chosen.map((mutant) => {
    const { histories = "", invariant = "" } = outcomes.get(mutant) ?? {}
    return [String(mutant.guarantee), mutant.name, `\`${mutant.module}\``, histories, invariant]
  })
  const found = [...outcomes.values()].filter(({ isFound }) => isFound).length
  const report = `${
    table(["Guarantee", "Mutant", "Module", "Histories", "Found by"], rows)
  }\n\n${found} of ${chosen.length} found.`
  console.log(`\n${report}`)
  if (isUpdating) {
    write(edition === "3" ? "mutants" : `mutants on Effect ${edition}`, report)
  }
  return found === chosen.length
}

const find = (seed: number, mutant: Mutant, bundled: typeof withBundle): Promise<Outcome> =>
  bundled(mutant, async (file) => {
    const thread = new Thread(file)
    try {
      for (let number = 0; number < most / size; number++) {
        const { found } = await thread.run({ batch: batchOf(seed, number, most), isShrunk: false })
        if (found !== undefined) {
          const histories = String(number * size + found.needed)
          return { isFound: true, histories, invariant: `guarantee ${found.guarantee}: ${found.invariant}` }
        }
      }
      return { isFound: false, histories: `> ${most}`, invariant: "**survives**" }
    } finally {
      await thread.end()
    }
  })
