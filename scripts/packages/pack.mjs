// Packs every public package (tarballs.mjs), looks at each tarball with publint and attw, and uses the tarballs in empty projects: as the
// READMEs write it, as ES modules, by require(), and under Jest. It needs `npm run build` before it.
import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { installApart } from "../installApart.mjs"
import { packages, packAll, rootManifest } from "./tarballs.mjs"

const root = fileURLToPath(new URL("../..", import.meta.url))
const tools = installApart("packing", { "@arethetypeswrong/cli": "0.18.5", publint: "0.3.25" })
const temporary = mkdtempSync(join(tmpdir(), "packed-"))
process.on("exit", () => rmSync(temporary, { recursive: true, force: true }))

const fail = (title, output = "") => {
  console.error(`✗ ${title}\n${output}`)
  process.exit(1)
}

// `npm run -s packed` must not silence the commands: their warnings are read.
const environment = { ...process.env, npm_config_loglevel: "notice" }

const attempt = (command, cwd, env = {}) => {
  const { output, status } = spawnSync(command, { cwd, shell: true, encoding: "utf8", env: { ...environment, ...env } })
  return { output: output.join(""), status }
}

const run = (title, command, cwd, env) => {
  const { output, status } = attempt(command, cwd, env)
  if (status !== 0) fail(`${title}: exit code ${status}`, output)
  console.log(`✓ ${title}`)
  return output
}

const expect = (title, problems) => {
  if (problems.length > 0) fail(title, problems.join("\n"))
  console.log(`✓ ${title}`)
}

// --- the tarballs

// Kilobytes of the tarball. A leap is usually a folder that should not be published.
const limits = {
  "@jindouyun/cli": 1800,
  "@jindouyun/core": 320,
  "@jindouyun/effect4": 320,
  "@jindouyun/effect4-redis": 50,
  "@jindouyun/effect4-sandbox": 130,
  "@jindouyun/redis": 50,
  "@jindouyun/sandbox": 170
}
// No module of these packages needs Node.
const anywhere = ["@jindouyun/core", "@jindouyun/effect4", "@jindouyun/effect4-sandbox"]
const pages = ["CHANGELOG.md", "LICENSE", "README.md", "SECURITY.md", "package.json"]

const problemsOfFiles = ({ files, manifest: { files: folders }, size }, limit) => [
  ...pages.filter((page) => !files.includes(page)).map((page) => `${page} is missing`),
  ...folders.filter((folder) => !files.some((file) => file.startsWith(`${folder}/`))).map((folder) =>
    `${folder} is missing`
  ),
  ...files.filter((file) => !pages.includes(file) && !folders.some((folder) => file.startsWith(`${folder}/`))).map((
    file
  ) => `${file} should not be published`),
  ...(size > limit * 1024 ? [`${Math.ceil(size / 1024)} kB are more than ${limit} kB`] : [])
]

const problemsOfContents = (name, folder, files) => [
  ...files.filter((file) => /^dist\/.*\.js$/.test(file)).flatMap((file) => {
    const text = readFileSync(`${folder}/${file}`, "utf8")
    return [
      ...(anywhere.includes(name) && /from "(node:|@effect\/platform-node)/.test(text)
        ? [`${file} needs Node`]
        : []),
      ...(!/\/internal\//.test(file) && !/\n\/\/# sourceMappingURL=/.test(text) ? [`${file} has no source map`] : [])
    ]
  }),
  ...["package.json", "README.md", "SECURITY.md"].flatMap((file) => {
    const text = readFileSync(`${folder}/${file}`, "utf8")
    return [
      ...(text.includes("workspace:") ? [`${file} has a range of the workspace`] : []),
      ...[...text.matchAll(/\]\((?!https:|mailto:|#)[^)]*\)/g)].map(([link]) => `${file}: ${link} leads nowhere`)
    ]
  })
]

const tarballs = {}
const subpaths = {}
for (const entry of packAll()) {
  const { files, folder, manifest: { name }, size, tarball, unpackedSize } = entry
  tarballs[name] = tarball
  const modules = files.flatMap((file) => /^dist\/([A-Z]\w*)\.js$/.exec(file)?.[1] ?? [])
  subpaths[name] = entry.manifest.exports["."] === undefined
    ? []
    : [name, ...modules.map((module) => `${name}/${module}`)]
  const kilobytes = (bytes) => `${Math.ceil(bytes / 1024)} kB`
  expect(
    `${name}: ${files.length} files, ${kilobytes(size)}, unpacked ${kilobytes(unpackedSize)}`,
    problemsOfFiles(entry, limits[name])
  )
  run(`${name}: attw`, `npx attw ${tarball} --profile esm-only --format ascii`, tools)
  const unpacked = `${temporary}/${folder}`
  mkdirSync(unpacked)
  run(`${name}: unpacked`, `tar -xzf ${tarball} -C ${unpacked}`, temporary)
  run(`${name}: publint`, `npx publint run ${unpacked}/package --strict --pack false`, tools)
  expect(`${name}: links, source maps and ranges`, problemsOfContents(name, `${unpacked}/package`, files))
}

for (const { manifest: { name }, source } of packages) {
  for (const command of ["npm pack", "npm publish --dry-run", `npx --yes ${rootManifest.packageManager} pack`]) {
    const { output, status } = attempt(command, source)
    expect(
      `${name}: ${command} is refused`,
      status !== 0 && output.includes(`${name} cannot be packed or published from its folder`) ? [] : [output]
    )
  }
}

// --- empty projects with these packages, and nothing of this repository

const project = (name) => {
  const folder = `${temporary}/${name}-project`
  mkdirSync(folder)
  writeFileSync(`${folder}/package.json`, JSON.stringify({ private: true, type: "module" }, null, 2))
  const compilerOptions = {
    strict: true,
    noEmit: true,
    target: "ES2022",
    module: "NodeNext",
    types: [],
    skipLibCheck: true
  }
  writeFileSync(
    `${folder}/tsconfig.json`,
    JSON.stringify({
      compilerOptions: { ...compilerOptions, lib: ["ES2022", "DOM", "DOM.Iterable"] },
      include: ["${configDir}/*.ts", "${configDir}/*.cts"]
    })
  )
  return folder
}

/** Runs an install of a page as it stands, with the tarballs in the place of the packages. */
const install = (title, command, folder) => {
  const local = command.replaceAll(
    /(?:@jindouyun\/|\/path\/to\/jindouyun-)(\w+(?:-\w+)*)(?:-(?:\[0-9\])?\*\.tgz)?/g,
    (text, name) => tarballs[`@jindouyun/${name}`] ?? fail(`${title}: there is no ${text}`)
  )
  const output = run(`${title}: ${command}`, `${local} --prefer-offline --no-audit --no-fund`, folder, {
    NPM_CONFIG_PREFIX: `${temporary}/global`
  })
  expect(`${title}: no warning of peers`, /ERESOLVE|peer/i.test(output) ? [output] : [])
}

const blocks = (page, language) =>
  [...readFileSync(`${root}${page}`, "utf8").matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, found, text]) =>
    found === language ? [text] : []
  )

const compile = (name, folder) => run(`${name}: its types are used`, `${root}node_modules/.bin/tsc -p .`, folder)

const compileBlocks = (page, folder) => {
  const name = page.replaceAll(/\W/g, "-")
  const programs = blocks(page, "ts")
  programs.forEach((code, index) => writeFileSync(`${folder}/${name}-${index}.ts`, code))
  if (programs.length > 0) compile(page, folder)
}

// The versions that the READMEs print are those that the tests of this repository use: of `effect`, one for each major.
const tested = {}
for (const { devDependencies } of [rootManifest, ...packages.map(({ manifest }) => manifest)]) {
  for (const [name, version] of Object.entries(devDependencies ?? {})) {
    tested[name] = [...new Set([...(tested[name] ?? []), version])]
  }
}

/** Installs what a page installs, in its versions. */
const installAll = (page, folder) => {
  const installs = blocks(page, "sh").join("").match(/^npm i .*?(?=\s*(#.*)?$)/gm) ?? []
  expect(
    `${page}: ${installs.length} lines install the tested versions`,
    installs.length === 0 ? ["it installs nothing"] : [...installs.join(" ").matchAll(/(\S+)@(\d\S*)/g)]
      .filter(([, dependency, version]) => !tested[dependency]?.includes(version))
      .map(([text, dependency]) => `${text} is not the tested version ${tested[dependency]?.join(" or ")}`)
  )
  for (const line of installs) install(page, line, folder)
}

const projects = {}
for (const { folder, manifest: { name } } of packages) {
  const page = `packages/${folder}/README.md`
  projects[name] = project(folder)
  installAll(page, projects[name])
  compileBlocks(page, projects[name])
}
run("the installed command prints its help", `${temporary}/global/bin/jindouyun token --help`, temporary)

const core = projects["@jindouyun/core"]
cpSync(`${root}scripts/packages/core.ts`, `${core}/core.ts`)
compile("core", core)
run("core: npm start", `${root}node_modules/.bin/tsx core.ts`, core)

const isEffect4 = (name) => name.startsWith("@jindouyun/effect4")
const manifestOf = (wanted) => packages.find(({ manifest: { name } }) => name === wanted).manifest
const peers = ["effect", "@effect/platform", "@effect/platform-node"]
  .map((name) => `${name}@${manifestOf("@jindouyun/sandbox").devDependencies[name]}`).join(" ")
const all = project("all")
install("all", `npm i ${Object.keys(tarballs).filter((name) => !isEffect4(name)).join(" ")} ${peers}`, all)
cpSync(`${root}scripts/packages/all.ts`, `${all}/all.ts`)
compile("all", all)
run("all: npm start", `${root}node_modules/.bin/tsx all.ts`, all)
run("all: npx jindouyun prints its help", "npx jindouyun token --help", all)

const readme = project("readme")
installAll("README.md", readme)
compileBlocks("README.md", readme)
const test = blocks("README.md", "ts").find((code) => code.includes("@effect/vitest"))
writeFileSync(`${readme}/readme.test.ts`, test ?? fail("README.md: it has no test"))
run("README.md: its test", "npx vitest run", readme)

// --- the packages for Effect 4, on the oldest and on the newest effect of their peer range

const { devDependencies: { effect: newest }, peerDependencies: { effect: range } } = manifestOf("@jindouyun/effect4")
const [, oldest] = /^>=(\S+) /.exec(range)
const four = {}
for (const version of [newest, oldest]) {
  four[version] = project(`effect-${version}`)
  install(
    `effect ${version}`,
    `npm i ${Object.keys(tarballs).filter(isEffect4).join(" ")} effect@${version}`,
    four[version]
  )
  cpSync(`${root}scripts/packages/effect4.ts`, `${four[version]}/effect4.ts`)
  compile(`effect ${version}`, four[version])
  run(`effect ${version}: npm start`, `${root}node_modules/.bin/tsx effect4.ts`, four[version])
}

const three = `effect@${manifestOf("@jindouyun/core").devDependencies.effect}`
const { output: refusal, status } = attempt(
  `npm i ${tarballs["@jindouyun/effect4"]} ${three} --prefer-offline --no-audit --no-fund`,
  project("mixed")
)
expect(`@jindouyun/effect4 beside ${three} is refused`, status !== 0 && /ERESOLVE/.test(refusal) ? [] : [refusal])

installAll("docs/effect-4.md", project("docs-effect-4"))

// --- every subpath, by import and by require()

const everySubpath = (names, folder) => {
  const internals = names.filter((name) => !/\/.*\//.test(name)).map((name) => `${name}/internal/redact`)
  const code = `const check = async (load) => {
  const keys = {}
  for (const name of ${
    JSON.stringify(names)
  }) keys[name] = Object.keys(await load(name)).filter((key) => key !== "module.exports").sort()
  for (const name of ${JSON.stringify(internals)}) {
    const code = await Promise.resolve().then(() => load(name)).then(() => "loaded", (error) => error.code)
    if (code !== "ERR_PACKAGE_PATH_NOT_EXPORTED") throw new Error(name + ": " + code)
  }
  console.log(JSON.stringify(keys))
}
`
  writeFileSync(`${folder}/every.mjs`, `${code}await check((name) => import(name))`)
  writeFileSync(`${folder}/every.cjs`, `${code}check((name) => require(name))`)
  const imported = run(`${names.length} subpaths are imported`, "node every.mjs", folder)
  // A warning of Node would stand in the output too.
  const required = run(`${names.length} subpaths are required`, "node every.cjs", folder)
  expect("import and require() give the same names", imported === required ? [] : [imported, required])
}
const names = Object.values(subpaths).flat()
everySubpath(names.filter((name) => !isEffect4(name)), all)
everySubpath(names.filter(isEffect4), four[newest])

// Below a project that has everything, where Node finds the packages.
const below = (name, manifest, above = all) => {
  const folder = `${above}/${name}`
  mkdirSync(folder)
  writeFileSync(`${folder}/package.json`, manifest)
  return folder
}

const commonjs = below("commonjs", "{}")
cpSync(`${root}scripts/packages/required.cts`, `${commonjs}/required.cts`)
writeFileSync(
  `${commonjs}/tsconfig.json`,
  JSON.stringify({ extends: "../tsconfig.json", compilerOptions: { noEmit: false } })
)
compile("commonjs", commonjs)
expect(
  "commonjs: npm start",
  [run("commonjs: it ends well", "node required.cjs", commonjs)].filter((output) => output !== "")
)

// --- Jest, with the settings of docs/testing.md

const page = "docs/testing.md"
const [line] = blocks(page, "sh").flatMap((text) => text.match(/^npm i .*jest.*$/gm) ?? [])
const settings = blocks(page, "json").filter((text) => text.includes(`"jest"`))
expect("jest: both settings were tried", settings.length === 2 ? [] : [`${page} has ${settings.length} settings`])
// Effect 4 uses `import.meta`, which CommonJS does not have.
const tries = [[all, "jest", settings], [four[newest], "jest4", settings.slice(0, 1)]]
for (const [above, test, settings] of tries) {
  run(`${test}: ${line}`, `${line.replace(/ +#.*/, "")} --prefer-offline --no-audit --no-fund`, above)
  for (const [index, text] of settings.entries()) {
    const folder = below(`${test}-${index}`, text, above)
    cpSync(`${root}scripts/packages/${test}.js`, `${folder}/token.test.js`)
    // The settings name Jest as a project does that has Jest in its own folder.
    const title = `${test}: npm test, settings ${index + 1}`
    const output = run(title, "ln -s ../node_modules node_modules && npm test", folder)
    expect(`${test}: the test has run`, /Tests: +1 passed, 1 total/.test(output) ? [] : [output])
  }
}
