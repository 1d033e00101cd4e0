// Writes dist/bundle: the command in one file, and what few commands need in files of their own that are loaded then.
import { build } from "esbuild"
import { chmodSync, mkdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const outdir = join(root, "dist/bundle")
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))

rmSync(outdir, { recursive: true, force: true })
mkdirSync(outdir, { recursive: true })

await build({
  absWorkingDir: root,
  entryPoints: { jindouyun: "src/bin.ts" },
  outdir,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  minify: true,
  keepNames: true,
  metafile: true,
  sourcemap: false,
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
