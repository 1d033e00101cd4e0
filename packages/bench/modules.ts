/**
 * What a bundle is made of: the bytes of each module, and how much smaller the bundle would be without the module.
 */
import { build, type BuildOptions, transform } from "esbuild"
import { gzipSync } from "node:zlib"
import type { ModuleBytes } from "./Result.js"

const options = {
  bundle: true,
  write: false,
  format: "esm",
  platform: "node",
  target: "es2022",
  logLevel: "error"
} satisfies BuildOptions

const compressed = (content: string | Uint8Array): number => gzipSync(content, { level: 9 }).length

export interface Bundle {
  /** Minified, and compressed with gzip -9. */
  readonly size: number
  /** The minified bytes of each file. */
  readonly files: ReadonlyMap<string, number>
}

export const bundleOf = async (entry: string): Promise<Bundle> => {
  const { metafile, outputFiles } = await build({ ...options, entryPoints: [entry], minify: true, metafile: true })
  return {
    size: compressed(outputFiles[0]?.contents ?? ""),
    files: new Map(
      Object.values(metafile.outputs).flatMap(({ inputs }) =>
        Object.entries(inputs).map(([file, { bytesInOutput }]) => [file, bytesInOutput] as const)
      )
    )
  }
}

/** The name of the module of a file: the same for both editions. */
const moduleOf = (library: string, file: string): string => {
  if (file.startsWith(`${library}/src/`)) {
    return `core/${file.slice(library.length + 5).replace(/\.ts$/, "")}`
  }
  const [, name = "", path = ""] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\/(.*)\.js$/.exec(file) ?? []
  return name === ""
    ? "the program"
    : name === "@noble/hashes"
    ? name
    : `${name}/${path.replace(/^dist\/(esm\/)?/, "")}`
}

const smallest = 1000

/**
 * The modules that have at least `smallest` bytes more in a bundle than in the bundle of the client by hand, then the sums of
 * the other modules.
 *
 * `saved` compares a bundle with the same text without the part of the module. The client by hand contains a module that
 * has no `saved`.
 */
export const modulesOf = async (
  entry: string,
  library: string,
  byHand: Bundle
): Promise<ReadonlyArray<ModuleBytes>> => {
  const { files } = await bundleOf(entry)
  const names = new Map<string, string>()
  const more = new Map<string, number>()
  const shared = new Set<string>()
  for (const file of new Set([...files.keys(), ...byHand.files.keys()])) {
    const name = moduleOf(library, file)
    names.set(file, name)
    more.set(name, (more.get(name) ?? 0) + (files.get(file) ?? 0) - (byHand.files.get(file) ?? 0))
    if (byHand.files.has(file)) {
      shared.add(name)
    }
  }
  const without = await cutter(entry, names)
  const [large, small] = partition([...more], ([, bytes]) => bytes >= smallest)
  const [ofCore, ofOthers] = partition(small, ([name]) => name.startsWith("core/"))
  const sum = (rows: typeof small) => rows.reduce((total, [, bytes]) => total + bytes, 0)
  const isOfCore = (name: string) => name.startsWith("core/")
  const restOfCore = new Set(ofCore.map(([name]) => name))
  const rows: Array<ModuleBytes> = []
  for (const [module, bytes] of large.sort(([, a], [, b]) => b - a)) {
    rows.push({ module, bytes, saved: shared.has(module) ? undefined : await without((name) => name === module) })
  }
  return [
    ...rows,
    { module: "other modules of core", bytes: sum(ofCore), saved: await without((name) => restOfCore.has(name)) },
    { module: "other modules", bytes: sum(ofOthers), saved: undefined },
    {
      module: "all of core",
      bytes: sum([...more].filter(([name]) => isOfCore(name))),
      saved: await without(isOfCore)
    }
  ]
}

const partition = <A>(values: ReadonlyArray<A>, is: (value: A) => boolean): readonly [Array<A>, Array<A>] => [
  values.filter(is),
  values.filter((value) => !is(value))
]

/** A function that cuts modules out of a bundle and returns by how many compressed bytes the bundle shrinks. */
const cutter = async (entry: string, names: ReadonlyMap<string, string>) => {
  const { outputFiles } = await build({
    ...options,
    entryPoints: [entry],
    // White space stays, and with it the comment that names the file above its text.
    minifyIdentifiers: true,
    minifySyntax: true
  })
  const parts: Array<{ readonly module: string; text: string }> = []
  for (const line of outputFiles[0]?.text.split("\n") ?? []) {
    const module = line.startsWith("// ") ? names.get(line.slice(3)) : undefined
    if (module !== undefined) {
      parts.push({ module, text: "" })
    }
    const part = parts.at(-1)
    if (part !== undefined) {
      part.text += `${line}\n`
    }
  }
  const sizeOf = async (isIn: (module: string) => boolean) => {
    const text = parts.filter(({ module }) => isIn(module)).map(({ text }) => text).join("")
    return compressed((await transform(text, { format: "esm", minifyWhitespace: true })).code)
  }
  const whole = await sizeOf(() => true)
  return async (isLeftOut: (module: string) => boolean) => whole - await sizeOf((module) => !isLeftOut(module))
}
