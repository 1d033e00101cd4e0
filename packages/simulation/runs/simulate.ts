// Attacks the token's life with random histories: `--runs N --seed S [--json]`; `--batch K` runs one batch of them, and
// `--edition 4` runs them on Effect 4.
// `--mutants` runs the histories against each mutant, `--only TEXT` against those whose name contains a text; `--update`
// writes the table of mutants into packages/simulation/RESULTS.md.
import { randomInt } from "node:crypto"
import { parseArgs } from "node:util"
import { whole } from "./arguments.js"
import { type Batch, batchOf, type Report, size } from "./Batch.js"
import { bundlerOf } from "./editions.js"
import * as mutants from "./mutants.js"
import { Thread } from "./Thread.js"

const threads = 2

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "5000" },
    seed: { type: "string" },
    batch: { type: "string" },
    edition: { type: "string", default: "3" },
    json: { type: "boolean", default: false },
    mutants: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    update: { type: "boolean", default: false }
  }
})
const seed = whole("seed", values.seed ?? String(randomInt(2 ** 31)))
const withBundle = await bundlerOf(values.edition)

interface Done {
  readonly batch: Batch
  readonly report: Report
}

/** Each thread takes the next batch, until one has found a violation. */
const runAll = (batches: ReadonlyArray<Batch>): Promise<ReadonlyArray<Done>> => {
  const rest = [...batches]
  const done: Array<Done> = []
  return withBundle(undefined, async (file) => {
    await Promise.all(Array.from({ length: Math.min(threads, batches.length) }, async () => {
      const thread = new Thread(file)
      try {
        for (let batch = rest.shift(); batch !== undefined; batch = rest.shift()) {
          const report = await thread.run({ batch, isShrunk: true })
          done.push({ batch, report })
          if (report.found !== undefined) {
            rest.length = 0
          }
        }
      } finally {
        await thread.end()
      }
    }))
    return done
  })
}

const simulate = async (): Promise<boolean> => {
  const runs = whole("runs", values.runs)
  const start = performance.now()
  const done = await runAll(
    values.batch === undefined
      ? Array.from({ length: Math.ceil(runs / size) }, (_, number) => batchOf(seed, number, runs))
      : [batchOf(seed, whole("batch", values.batch), Infinity)]
  )
  const millis = Math.round(performance.now() - start)
  const total = (key: "runs" | "steps" | "requests") => done.reduce((sum, { report }) => sum + report[key], 0)
  const violated = done.filter(({ report }) => report.found !== undefined).sort((a, b) =>
    a.batch.number - b.batch.number
  )
  const [first] = violated
  if (first?.report.found !== undefined) {
    const { guarantee, history, invariant } = first.report.found
    console.log(`\n${history}\n\nguarantee ${guarantee} is broken: ${invariant}`)
    console.log(`npm run simulate -- --seed ${seed} --batch ${first.batch.number} --edition ${values.edition}`)
  }
  const counts = {
    runs: total("runs"),
    steps: total("steps"),
    requests: total("requests"),
    violations: violated.length
  }
  console.log(
    values.json
      ? JSON.stringify({ ...counts, edition: Number(values.edition), seed, millis })
      : `${counts.runs} histories, ${counts.steps} steps, ${counts.requests} requests, ${counts.violations} violations, ${millis} ms`
  )
  return violated.length === 0
}

console.log(`Effect ${values.edition}, seed ${seed}`)
const isKept = values.mutants
  ? await mutants.findAll(seed, {
    edition: values.edition,
    isUpdating: values.update,
    only: values.only,
    threads,
    withBundle
  })
  : await simulate()
process.exitCode = isKept ? 0 : 1
