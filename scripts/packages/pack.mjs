// Packs every package as it would be published, looks at each with publint and attw, installs them into empty projects
// and uses them there: core alone with fetch, then all of them together. It needs `npm run build` before it.
import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { installApart } from "../installApart.mjs"

const root = fileURLToPath(new URL("../..", import.meta.url))
const { devDependencies, packageManager } = JSON.parse(readFileSync(`${root}package.json`, "utf8"))
const tools = installApart("packing", { "@arethetypeswrong/cli": "0.18.5", publint: "0.3.25" })
const temporary = mkdtempSync(join(tmpdir(), "packed-"))
process.on("exit", () => rmSync(temporary, { recursive: true, force: true }))

const run = (title, command, cwd) => {
  const { output, status } = spawnSync(command, { cwd, shell: true, encoding: "utf8" })
  if (status !== 0) {
    console.error(`${title}\n${output.join("")}`)
    process.exit(1)
  }
  console.log(`✓ ${title}`)
  return output.join("")
}

const packages = readdirSync(`${root}packages`).map((folder) => ({
  folder: `${root}packages/${folder}`,
  manifest: JSON.parse(readFileSync(`${root}packages/${folder}/package.json`, "utf8"))
})).filter(({ manifest }) => manifest.private !== true)

const tarballs = {}
for (const { folder, manifest: { name } } of packages) {
  const [scope, short] = name.slice(1).split("/")
  run(`${name} is packed`, `npx --yes ${packageManager} pack --pack-destination ${temporary}`, folder)
  const tarball = readdirSync(temporary).find((file) => file.startsWith(`${scope}-${short}-`))
  tarballs[name] = `${temporary}/${tarball}`
  run(`${name}: attw`, `npx attw ${tarballs[name]} --profile esm-only --format ascii`, tools)
  const unpacked = `${temporary}/${short}`
  mkdirSync(unpacked)
  run(`${name} is unpacked`, `tar -xzf ${tarballs[name]} -C ${unpacked}`, temporary)
  run(`${name}: publint`, `npx publint run ${unpacked}/package --strict --pack false`, tools)
  const manifest = JSON.parse(readFileSync(`${unpacked}/package/package.json`, "utf8"))
  for (const file of readdirSync(`${unpacked}/package/dist`, { recursive: true })) {
    const text = file.endsWith(".js") ? readFileSync(`${unpacked}/package/dist/${file}`, "utf8") : ""
    if (name === "@jindouyun/core" && /from "(node:|@effect\/platform-node)/.test(text)) {
      console.error(`${name}: ${file} needs Node`)
      process.exit(1)
    }
    if (!/(^|\/)internal\//.test(file) && file.endsWith(".js") && !/\n\/\/# sourceMappingURL=/.test(text)) {
      console.error(`${name}: ${file} has no source map`)
      process.exit(1)
    }
  }
  if (JSON.stringify(manifest).includes("workspace:")) {
    console.error(`${name}: the manifest still speaks of the workspace`)
    process.exit(1)
  }
}

// An empty project with these packages, and nothing of this repository.
const project = (name, dependencies) => {
  const folder = `${temporary}/${name}-project`
  mkdirSync(folder)
  writeFileSync(`${folder}/package.json`, JSON.stringify({ private: true, type: "module", dependencies }, null, 2))
  writeFileSync(
    `${folder}/tsconfig.json`,
    JSON.stringify({
      compilerOptions: {
        strict: true,
        noEmit: true,
        target: "ES2022",
        module: "NodeNext",
        lib: ["ES2022", "DOM", "DOM.Iterable"],
        types: [],
        skipLibCheck: true
      },
      include: ["*.ts"]
    })
  )
  run(`${name}: npm install`, "npm install --no-audit --no-fund", folder)
  return folder
}

const compile = (name, folder) => run(`${name}: its types are used`, `${root}node_modules/.bin/tsc -p .`, folder)

const peers = { effect: devDependencies.effect, "@effect/platform": devDependencies["@effect/platform"] }

const alone = project("core", { "@jindouyun/core": `file:${tarballs["@jindouyun/core"]}`, ...peers })
cpSync(`${root}scripts/packages/core.ts`, `${alone}/core.ts`)
compile("core", alone)
run("core: npm start", `${root}node_modules/.bin/tsx core.ts`, alone)

const everything = project("all", {
  ...Object.fromEntries(Object.entries(tarballs).map(([name, tarball]) => [name, `file:${tarball}`])),
  ...peers,
  "@effect/platform-node": "0.108.2"
})
cpSync(`${root}scripts/packages/all.ts`, `${everything}/all.ts`)
compile("all", everything)
run("all: npm start", `${root}node_modules/.bin/tsx all.ts`, everything)
run("the command says what it can do", "npx jindouyun token --help", everything)

// The README's words, as they stand there.
for (
  const [index, [, code]] of [...readFileSync(`${root}README.md`, "utf8").matchAll(/^```ts\n(.*?)^```$/gms)].entries()
) {
  writeFileSync(`${everything}/readme-${index}.ts`, code)
}
compile("the README", everything)
