// Writes dist/bundle: the command in one file, and what few commands need in files of their own that are loaded then.
// What is bundled is not installed, so its licenses go along. `--if-stale` leaves a bundle alone that is newer than the sources.
import { build } from "esbuild"
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
  // The names of errors are read by people and programs.
  keepNames: true,
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
// the command, then the mark of what is new.
const last = ["jindouyun.js", "LICENSES.txt"]
const names = readdirSync(outdir).sort((one, other) => last.indexOf(one) - last.indexOf(other))
mkdirSync(bundle, { recursive: true })
for (const name of names) renameSync(join(outdir, name), join(bundle, name))
for (const name of readdirSync(bundle)) if (!names.includes(name)) rmSync(join(bundle, name), { force: true })
rmSync(outdir, { recursive: true, force: true })
