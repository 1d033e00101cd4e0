import { build, type Plugin } from "esbuild"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Mutant } from "../mutants/mutants.js"

const pathOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Bundles the simulation and the library into one file for a worker, with a mutant in the place of its module. */
export const withBundle = async <A>(mutant: Mutant | undefined, use: (file: string) => Promise<A>): Promise<A> => {
  const folder = mkdtempSync(join(tmpdir(), "simulation-"))
  const outfile = join(folder, "worker.mjs")
  try {
    await build({
      entryPoints: [pathOf("worker.ts")],
      bundle: true,
      format: "esm",
      platform: "node",
      outfile,
      plugins: mutant === undefined ? [] : [alias(mutant)]
    })
    return await use(outfile)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Every import of the module gets the mutant instead, but for the mutant's own import. */
const alias = ({ file, module }: Mutant): Plugin => ({
  name: "mutant",
  setup: ({ onEnd, onResolve, resolve }) => {
    const original = `${pathOf("../../core/src/")}${module}.ts`
    const replacement = pathOf(`../mutants/${file}.ts`)
    const isResolving = {}
    let replaced = 0
    onResolve({ filter: new RegExp(`/${basename(module)}(\\.js)?$`) }, async ({ path, pluginData, ...from }) => {
      if (pluginData === isResolving || from.importer === replacement) {
        return undefined
      }
      const { kind, importer, resolveDir } = from
      const resolved = await resolve(path, { kind, importer, resolveDir, pluginData: isResolving })
      if (resolved.path !== original) {
        return undefined
      }
      replaced += 1
      return { path: replacement }
    })
    onEnd(() => replaced === 0 ? { errors: [{ text: `nothing imports ${module}` }] } : {})
  }
})
