import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, describe, expect, it } from "vitest"

const root = fileURLToPath(new URL("..", import.meta.url))
const folders = ["scratchpad", ...readdirSync(join(root, "packages")).map((name) => `packages/${name}`)]
const manifests = folders.map((folder) => `${folder}/package.json`)

const tree = mkdtempSync(join(tmpdir(), "release-"))
afterAll(() => rmSync(tree, { recursive: true, force: true }))
for (const folder of [".changeset", "docs", ...folders]) mkdirSync(join(tree, folder), { recursive: true })
for (
  const path of [
    "scripts/packages/tarballs.mjs",
    "package.json",
    "README.md",
    "README.zh-CN.md",
    "docs/effect-4.md",
    ...manifests
  ]
) {
  cpSync(join(root, path), join(tree, path), { recursive: true })
}

const placeholders = {
  repository: { type: "git", url: "git+https://host.example/OWNER/REPOSITORY.git" },
  bugs: { email: "security@host.example" }
}

const edit = (path: string, change: (text: string) => string) =>
  writeFileSync(join(tree, path), change(readFileSync(join(tree, path), "utf8")))

/** What the step of the release workflow prints under a tag. */
const problems = (tag: string): ReadonlyArray<string> => {
  const { status, stderr } = spawnSync("node", ["scripts/packages/tarballs.mjs", "--check-release"], {
    cwd: tree,
    encoding: "utf8",
    env: { ...process.env, GITHUB_REF_NAME: tag }
  })
  const lines = stderr.split("\n").filter((line) => line !== "")
  expect(status).toBe(lines.length === 0 ? 0 : 1)
  return lines
}

describe("a release", () => {
  it("finds a version in each package.json of the workspace, which @changesets/cli needs", () => {
    const versions = manifests.map((path) => [path, JSON.parse(readFileSync(join(root, path), "utf8")).version])
    expect(versions.filter(([, version]) => typeof version !== "string")).toEqual([])
  })

  it("is refused until the publisher has filled in everything", () => {
    edit("package.json", (text) => JSON.stringify({ ...JSON.parse(text), ...placeholders }))
    writeFileSync(join(tree, ".changeset/a-change.md"), "---\n\"@jindouyun/core\": minor\n---\n\nA change.\n")
    for (const page of ["README.md", "README.zh-CN.md", "docs/effect-4.md"]) edit(page, () => "not on npm yet")
    for (const folder of folders) {
      edit(`${folder}/package.json`, (text) => JSON.stringify({ ...JSON.parse(text), version: "0.0.0" }))
      rmSync(join(tree, folder, "CHANGELOG.md"), { force: true })
    }
    const first = problems("v0.1.0").join("\n")
    for (
      const cause of [
        "repository.url",
        "bugs.email",
        ".changeset",
        "README.zh-CN.md installs tarballs",
        "the version of @jindouyun/effect4 is 0.0.0",
        "packages/redis/CHANGELOG.md has no heading of version 0.0.0"
      ]
    ) {
      expect(first).toContain(cause)
    }
    edit(
      "package.json",
      (text) =>
        text.replace("host.example/OWNER/REPOSITORY", "github.com/acme/jindouyun").replace("host.example", "acme.cn")
    )
    for (const page of ["README.md", "README.zh-CN.md", "docs/effect-4.md"]) edit(page, () => "")
    rmSync(join(tree, ".changeset/a-change.md"))
    for (const folder of folders) {
      edit(`${folder}/package.json`, (text) => JSON.stringify({ ...JSON.parse(text), version: "0.1.0" }))
      writeFileSync(join(tree, folder, "CHANGELOG.md"), "# a package\n\n## 0.1.0\n\nFirst release.\n")
    }
    expect(problems("v0.1.0")).toEqual([])
    expect(problems("v0.1.1")[0]).toContain("both must be the same")
    expect(problems("v0.1.0-rc.1")[0]).toContain("it must be like v1.2.3")
    expect(problems("main")[0]).toContain("it must be like v1.2.3")
  })
})
