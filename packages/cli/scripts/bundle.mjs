// Writes dist/bundle: the entry, the code of `token`, and parts that are loaded for the lines that need them.
// What is bundled is not installed, so its licenses go along. `--if-stale` leaves a bundle alone that is newer than the sources.
import { build, transformSync } from "esbuild"
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const bundle = join(root, "dist/bundle")
// Beside its place first: another process may run or write the bundle.
const outdir = join(root, `dist/bundle.${process.pid}`)
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))

const modified = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0

const sources = ["core", "redis", "sandbox", "cli"].flatMap((name) => {
  const folder = join(root, "..", name)
  const files = readdirSync(join(folder, "src"), { recursive: true }).map((file) => join(folder, "src", file))
  return [join(folder, "package.json"), join(folder, "src"), ...files]
})
const inputs = [fileURLToPath(import.meta.url), join(root, "../../pnpm-lock.yaml"), ...sources]
const built = modified(join(bundle, "LICENSES.txt"))
if (process.argv.includes("--if-stale") && inputs.every((path) => modified(path) < built)) process.exit(0)

// A line loads the entry, then the help, or the code of `token` and of the files, and then everything else together with
// the provider. Each part imports what is loaded before it: otherwise esbuild writes a file for each set of parts that share
// a module, and Node takes 3 ms for each file.
const [entry, help, files, token, provider] = [
  "bin",
  "internal/help",
  "internal/nodeFiles",
  "internal/printToken",
  "internal/providedToken"
].map((name) => join(root, `src/${name}.ts`))

const loadedBefore = (part) =>
  part === help ? [entry] : part === files || part === token ? [entry, files, token] : [entry, files, token, provider]

const parts = {
  name: "parts",
  setup: (build) => {
    build.onResolve({ filter: /./ }, async ({ importer, kind, path, resolveDir }) => {
      if (kind !== "dynamic-import") return undefined
      const part = await build.resolve(path, { kind: "import-statement", importer, resolveDir })
      return part.errors.length > 0 ? part : { path: part.path, namespace: "part", pluginData: { resolveDir } }
    })
    build.onLoad({ filter: /./, namespace: "part" }, ({ path, pluginData: { resolveDir } }) => ({
      contents: [
        ...loadedBefore(path).map((before) => `import ${JSON.stringify(before)}`),
        `export * from ${JSON.stringify(path)}`
      ].join("\n"),
      resolveDir
    }))
  }
}

// `keepNames` costs a tenth of the time to start. The Redis client needs them: the name of its errors is that of their class.
const namesOfRedis = {
  name: "names-of-redis",
  setup: (build) => {
    build.onLoad({ filter: /\/node_modules\/(ioredis|redis-errors|redis-parser)\/.*\.js$/ }, ({ path }) => ({
      contents: transformSync(readFileSync(path, "utf8"), { keepNames: true, platform: "node", target: "node20" }).code
    }))
  }
}

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: { jindouyun: "src/bin.ts" },
  outdir,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  minify: true,
  plugins: [parts, namesOfRedis],
  metafile: true,
  // Where a line came from, without the sources themselves.
  sourcemap: true,
  sourcesContent: false,
  legalComments: "none",
  logLevel: "warning",
  chunkNames: "[name]-[hash]",
  define: { JINDOUYUN_VERSION: JSON.stringify(version) },
  banner: {
    // Packages of CommonJS that are bundled ask for Node's own modules by `require`.
    js:
      "#!/usr/bin/env node\nimport { createRequire as __createRequire } from \"node:module\"; const require = __createRequire(import.meta.url);"
  }
})

chmodSync(join(outdir, "jindouyun.js"), 0o755)

const licenses = new Map()
for (const path of Object.keys(metafile.inputs)) {
  const folder = /^.*\/node_modules\/(@[^/]+\/)?[^/]+/.exec(join(root, path))?.[0]
  if (folder === undefined || !existsSync(join(folder, "package.json"))) continue
  const { license, name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
  const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name))
  const text = file === undefined ? `License: ${license}` : readFileSync(join(folder, file), "utf8").trim()
  licenses.set(`${name} ${version}`, text)
}
writeFileSync(
  join(outdir, "LICENSES.txt"),
  Array.from(licenses).sort().map(([name, text]) => `${name}\n\n${text}\n`).join(`\n${"-".repeat(78)}\n\n`)
)

// File by file, so that the command can start at every moment, also while several processes bundle: first the parts, then
// the entry, then the mark of what is new.
const last = ["jindouyun.js", "LICENSES.txt"]
const names = readdirSync(outdir).sort((one, other) => last.indexOf(one) - last.indexOf(other))
mkdirSync(bundle, { recursive: true })
for (const name of names) renameSync(join(outdir, name), join(bundle, name))
for (const name of readdirSync(bundle)) if (!names.includes(name)) rmSync(join(bundle, name), { force: true })
rmSync(outdir, { recursive: true, force: true })
