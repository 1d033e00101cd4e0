// Attacks the token's life with random histories: `--runs N --seed S [--json]`, `--batch K` for one batch of them,
// `--mutants` for a run against each broken version of the source, `--only TEXT` for those whose name contains it,
// `--update` to write their table into packages/simulation/RESULTS.md.
import { build } from "esbuild"
import { randomInt } from "node:crypto"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { Worker } from "node:worker_threads"
import { apply, type Mutant, mutants } from "../mutants/Mutants.js"
import type { Batch, Report } from "./Batch.js"
import { write } from "./results.js"
import type { Task } from "./worker.js"

const core = fileURLToPath(new URL("../../core", import.meta.url))
const threads = 2
const batchSize = 250
const mostForAMutant = 2000

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "5000" },
    seed: { type: "string" },
    batch: { type: "string" },
    json: { type: "boolean", default: false },
    mutants: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    update: { type: "boolean", default: false }
  }
})
const seed = whole("seed", values.seed ?? String(randomInt(2 ** 31)))

async function simulate(): Promise<number> {
  const runs = whole("runs", values.runs)
  const start = performance.now()
  const batches = values.batch === undefined
    ? Array.from({ length: Math.ceil(runs / batchSize) }, (_, number) => batchOf(number, runs))
    : [batchOf(whole("batch", values.batch), Infinity)]
  console.log(`seed ${seed}`)
  const reports = await runAll(batches)
  const millis = Math.round(performance.now() - start)
  const total = (key: "runs" | "steps" | "requests") => reports.reduce((sum, { report }) => sum + report[key], 0)
  const violated = reports.filter(({ report }) => report.found !== undefined).sort((a, b) =>
    a.batch.number - b.batch.number
  )
  const [first] = violated
  if (first?.report.found !== undefined) {
    const { history, invariant, guarantee } = first.report.found
    console.log(`\n${history}\n\nguarantee ${guarantee} is broken: ${invariant}`)
    console.log(`npm run simulate -- --seed ${seed} --batch ${first.batch.number}`)
  }
  console.log(
    values.json
      ? JSON.stringify({
        runs: total("runs"),
        steps: total("steps"),
        requests: total("requests"),
        violations: violated.length,
        seed,
        millis
      })
      : `${total("runs")} histories, ${total("steps")} steps, ${
        total("requests")
      } requests, ${violated.length} violations, ${millis} ms`
  )
  return violated.length === 0 ? 0 : 1
}

/** Each thread takes the next batch, until one has found something. */
async function runAll(batches: ReadonlyArray<Batch>): Promise<ReadonlyArray<{ batch: Batch; report: Report }>> {
  const rest = [...batches]
  const done: Array<{ batch: Batch; report: Report }> = []
  await withBundle(
    undefined,
    (file) =>
      Promise.all(Array.from({ length: Math.min(threads, batches.length) }, async () => {
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
  )
  return done
}

async function mutate(): Promise<number> {
  const rows = new Map<Mutant, string>()
  const chosen = mutants.filter(({ name }) => name.includes(values.only))
  const rest = [...chosen]
  let survivors = 0
  console.log(`seed ${seed}`)
  await Promise.all(Array.from({ length: threads }, async () => {
    for (let mutant = rest.shift(); mutant !== undefined; mutant = rest.shift()) {
      const outcome = await attempt(mutant)
      survivors += outcome.found ? 0 : 1
      rows.set(mutant, `| ${mutant.guarantee} | ${mutant.name} | ${outcome.histories} | ${outcome.invariant} |`)
    }
  }))
  const table = ["| Guarantee | Mutant | Histories | Found by |", "| --- | --- | --- | --- |"].concat(
    chosen.map((mutant) => rows.get(mutant) ?? "")
  ).join("\n")
  const sum = `${chosen.length - survivors} of ${chosen.length} found.`
  console.log(`\n${table}\n\n${sum}`)
  if (values.update) {
    write("mutants", `${table}\n\n${sum}`)
  }
  return survivors === 0 ? 0 : 1
}

interface Outcome {
  readonly found: boolean
  readonly histories: string
  readonly invariant: string
}

/** Runs the default simulation against the library with one place of it broken. */
async function attempt(mutant: Mutant): Promise<Outcome> {
  if (apply(mutant, readFileSync(sourceOf(mutant), "utf8")) === undefined) {
    return { found: false, histories: "–", invariant: "**the patch does not apply**" }
  }
  return withBundle(mutant, async (file) => {
    const thread = new Thread(file)
    try {
      for (let number = 0; number < mostForAMutant / batchSize; number++) {
        const { found } = await thread.run({ batch: batchOf(number, mostForAMutant), isShrunk: false })
        if (found !== undefined) {
          const histories = String(number * batchSize + found.needed)
          return { found: true, histories, invariant: `guarantee ${found.guarantee}: ${found.invariant}` }
        }
      }
      return { found: false, histories: `> ${mostForAMutant}`, invariant: "**survives**" }
    } finally {
      await thread.end()
    }
  })
}

/** The simulation and the library under it as one file of their own, with what the mutant did to it. */
async function withBundle<A>(mutant: Mutant | undefined, use: (file: string) => Promise<A>): Promise<A> {
  const folder = mkdtempSync(join(tmpdir(), "simulation-"))
  const outfile = join(folder, "worker.mjs")
  try {
    await build({
      entryPoints: [fileURLToPath(new URL("worker.ts", import.meta.url))],
      bundle: true,
      format: "esm",
      platform: "node",
      outfile,
      plugins: mutant === undefined ? [] : [{
        name: "mutant",
        setup: ({ onLoad }) => {
          onLoad({ filter: /\.ts$/ }, ({ path }) =>
            path === sourceOf(mutant)
              ? { contents: apply(mutant, readFileSync(path, "utf8")) ?? "", loader: "ts" }
              : undefined)
        }
      }]
    })
    return await use(outfile)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function sourceOf({ file }: Mutant): string {
  return join(core, "src", file)
}

function batchOf(number: number, runs: number): Batch {
  return { seed, number, runs: Math.min(batchSize, runs - number * batchSize) }
}

function whole(option: string, text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 0) {
    throw new Error(`--${option} is to be a whole number`)
  }
  return number
}

/** A worker that does one task at a time. */
class Thread {
  private readonly worker: Worker

  constructor(file: string) {
    // Fibers are many and live short: with room for them they cost a third less.
    this.worker = new Worker(file, { resourceLimits: { maxYoungGenerationSizeMb: 192 } })
  }

  run(task: Task): Promise<Report> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        this.worker.off("message", onReport)
        this.worker.off("error", onError)
      }
      const onReport = (report: Report) => {
        settle()
        resolve(report)
      }
      const onError = (error: unknown) => {
        settle()
        reject(error)
      }
      this.worker.on("message", onReport)
      this.worker.on("error", onError)
      this.worker.postMessage(task)
    })
  }

  async end(): Promise<void> {
    await this.worker.terminate()
  }
}

process.exitCode = await (values.mutants ? mutate() : simulate())
