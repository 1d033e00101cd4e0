// Writes the tarball of every public package to build/tarballs, from `dist` as `npm run build` left it. Each tarball is packed from a
// copy whose package.json points at `dist` instead of the sources, with the common fields of the root's package.json and the
// versions of the workspace. With --check-release it packs nothing, and fails if the tree cannot be published under the tag
// GITHUB_REF_NAME.
import { spawnSync } from "node:child_process"
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, posix } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"

const root = fileURLToPath(new URL("../..", import.meta.url))
const tarballs = `${root}build/tarballs`
const json = (path) => JSON.parse(readFileSync(path, "utf8"))

export const rootManifest = json(`${root}package.json`)

export const packages = readdirSync(`${root}packages`)
  .filter((folder) => existsSync(`${root}packages/${folder}/package.json`))
  .map((folder) => ({
    folder,
    source: `${root}packages/${folder}`,
    manifest: json(`${root}packages/${folder}/package.json`)
  }))
  .filter(({ manifest }) => manifest.private !== true)

const versions = Object.fromEntries(packages.map(({ manifest: { name, version } }) => [name, version]))
const repository = rootManifest.repository.url.replace(/^git\+/, "").replace(/\.git$/, "")

// `./src/X.ts` of the tree is `./dist/X.js` of the tarball. `default` is for require(), and for tools that read no `import`.
const published = (target) => {
  if (!target?.startsWith("./src/")) return target
  const file = target.replace("./src/", "./dist/").replace(/\.ts$/, "")
  return { types: `${file}.d.ts`, import: `${file}.js`, default: `${file}.js` }
}

// A range of the workspace becomes that of the version in the tree: `workspace:^` is `^0.1.0`.
const ranges = (dependencies) =>
  Object.fromEntries(
    Object.entries(dependencies).map((
      [name, range]
    ) => [name, range.replace(/^workspace:([\^~])$/, `$1${versions[name]}`)])
  )

/** The package.json of a tarball. */
const packedManifest = ({ folder, manifest }) => {
  const { dependencies, devDependencies: _, exports, files, peerDependencies, scripts: _refuse, ...own } = manifest
  const { bugs, engines, license, publishConfig } = rootManifest
  return {
    ...own,
    license,
    homepage: `${repository}/tree/HEAD/packages/${folder}#readme`,
    repository: { ...rootManifest.repository, directory: `packages/${folder}` },
    bugs: { url: `${repository}/issues`, ...bugs },
    files: [...files, "CHANGELOG.md", "SECURITY.md"],
    exports: Object.fromEntries(Object.entries(exports).map(([subpath, target]) => [subpath, published(target)])),
    publishConfig,
    engines,
    ...(dependencies === undefined ? {} : { dependencies: ranges(dependencies) }),
    ...(peerDependencies === undefined ? {} : { peerDependencies: ranges(peerDependencies) })
  }
}

// A link within the repository leads nowhere from a tarball, so it gets the repository's address.
const withAbsoluteLinks = (text, folder) =>
  text.replaceAll(
    /\]\((?!\w+:|#)([^)\s]+)\)/g,
    (_, target) => `](${repository}/blob/HEAD/${posix.join(folder, target)})`
  )

const changesets = readdirSync(`${root}.changeset`)
  .filter((name) => name.endsWith(".md") && name !== "README.md")
  .map((name) => /^---\n(.*?)^---\n+(.*)$/ms.exec(readFileSync(`${root}.changeset/${name}`, "utf8")))
  .map(([, front, text]) => ({ names: [...front.matchAll(/^"(.+)":/gm)].map(([, name]) => name), text }))

/** The changelog that `changeset version` wrote, below the changes it has not yet seen. */
const changelog = ({ manifest: { name }, source }) => {
  const pending = changesets.filter(({ names }) => names.includes(name)).map(({ text }) => text.trim())
  const path = `${source}/CHANGELOG.md`
  const written = existsSync(path) ? readFileSync(path, "utf8").replace(/^# .*\n+/, "") : ""
  return [`# ${name}`, ...(pending.length === 0 ? [] : ["## Unreleased", ...pending]), written].join("\n\n").trim() +
    "\n"
}

const pack = (entry, staging) => {
  const { folder, manifest, source } = entry
  const copy = `${staging}/${folder}`
  mkdirSync(copy)
  writeFileSync(`${copy}/package.json`, `${JSON.stringify(packedManifest(entry), null, 2)}\n`)
  for (const file of manifest.files) cpSync(`${source}/${file}`, `${copy}/${file}`, { recursive: true })
  cpSync(`${root}LICENSE`, `${copy}/LICENSE`)
  const page = (path) => readFileSync(`${root}${path}`, "utf8")
  writeFileSync(`${copy}/README.md`, withAbsoluteLinks(page(`packages/${folder}/README.md`), `packages/${folder}`))
  writeFileSync(`${copy}/SECURITY.md`, withAbsoluteLinks(page("SECURITY.md"), ""))
  writeFileSync(`${copy}/CHANGELOG.md`, changelog(entry))
  const { status, stderr, stdout } = spawnSync("npm", ["pack", "--json", "--pack-destination", tarballs], {
    cwd: copy,
    encoding: "utf8"
  })
  if (status !== 0) throw new Error(`${manifest.name}: npm pack failed\n${stderr}`)
  const [{ files, filename, size, unpackedSize }] = JSON.parse(stdout)
  return { ...entry, tarball: join(tarballs, filename), files: files.map(({ path }) => path), size, unpackedSize }
}

/** Packs all public packages. */
export const packAll = () => {
  for (const { manifest: { name }, source } of packages) {
    if (!existsSync(`${source}/dist`)) throw new Error(`${name} is not built: run npm run build`)
  }
  const staging = mkdtempSync(join(tmpdir(), "tarballs-"))
  try {
    rmSync(tarballs, { recursive: true, force: true })
    mkdirSync(tarballs, { recursive: true })
    return packages.map((entry) => pack(entry, staging))
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
}

const isPrinted = (page, pattern) =>
  pattern.test(existsSync(`${root}${page}`) ? readFileSync(`${root}${page}`, "utf8") : "")

/** The reasons why the tree cannot be published under a tag. */
export const releaseProblems = (tag) => [
  ...(/host\.example|OWNER/.test(repository) ? ["repository.url of the root's package.json is a placeholder"] : []),
  ...(rootManifest.bugs.email.endsWith(".example") ? ["bugs.email of the root's package.json is a placeholder"] : []),
  ...(changesets.length > 0
    ? [".changeset holds changes that no version includes: run npx @changesets/cli version"]
    : []),
  ...["README.md", "README.zh-CN.md", "docs/effect-4.md"]
    .filter((page) => isPrinted(page, /not on npm yet|尚未发布到 npm/))
    .map((page) => `${page} installs tarballs: name the packages of the registry instead`),
  ...(/^v\d+\.\d+\.\d+$/.test(tag)
    ? []
    : [`the tag is ${tag ?? "missing"}: it must be like v1.2.3, because npm installs it by default`]),
  ...packages.flatMap(({ folder, manifest: { name, version } }) => [
    ...(tag === `v${version}`
      ? []
      : [`the tag is ${tag ?? "missing"}, and the version of ${name} is ${version}: both must be the same`]),
    ...(isPrinted(`packages/${folder}/CHANGELOG.md`, new RegExp(`^## ${version.replaceAll(".", "\\.")}$`, "m"))
      ? []
      : [`packages/${folder}/CHANGELOG.md has no heading of version ${version}`])
  ])
]

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  if (process.argv.includes("--check-release")) {
    const problems = releaseProblems(process.env.GITHUB_REF_NAME)
    for (const problem of problems) console.error(problem)
    process.exit(problems.length === 0 ? 0 : 1)
  }
  for (const { size, tarball } of packAll()) console.log(`${tarball} (${Math.ceil(size / 1024)} kB)`)
}
