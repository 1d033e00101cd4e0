import { assert, describe, it } from "@effect/vitest"
import * as ControlApi from "@jindouyun/sandbox/ControlApi"
import * as SandboxServer from "@jindouyun/sandbox/SandboxServer"
import * as Effect from "effect/Effect"
import { execFile, spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { promisify } from "node:util"

const read = (page: string) => readFileSync(new URL(`../../../docs/${page}.md`, import.meta.url), "utf8")

// The second page goes on where the first one ends.
const guide = ["sandbox", "sandbox-control"].map(read).join("\n")

/** A block of commands, and the blocks that say what comes of it. */
interface Step {
  readonly commands: string
  readonly answers: Array<{ readonly language: string; readonly text: string }>
}

const steps: Array<Step> = []
for (const [, language = "", text = ""] of guide.matchAll(/^```(\w+)\n(.*?)^```$/gms)) {
  if (language === "sh") {
    steps.push({ commands: text, answers: [] })
  } else {
    steps.at(-1)?.answers.push({ language, text })
  }
}
const [start, where, ...others] = steps

// All blocks are one script, because a later one uses the variables of an earlier one.
const run = async (url: string) => {
  const script = [`SANDBOX=${url}`, ...others.map(({ commands }) => commands)].join("\nprintf '\\f'\n")
  const { stdout } = await promisify(execFile)("bash", ["-euo", "pipefail", "-c", script])
  return stdout.replaceAll(url, "http://127.0.0.1:8080").split("\f").slice(1)
}

/** The JSON texts of a text, one after the other, as `curl` prints answers. */
const documents = (text: string): ReadonlyArray<unknown> => {
  const found: Array<unknown> = []
  let from = 0
  for (let to = 1; to <= text.length; to++) {
    if ("]}".includes(text.charAt(to - 1))) {
      try {
        found.push(JSON.parse(text.slice(from, to)))
        from = to
      } catch {
        // Not yet at its end.
      }
    }
  }
  assert.strictEqual(text.slice(from).trim(), "", "what is no JSON")
  return found
}

const isoDate = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/

/** What came, with `…` where the page has one, its dates where there are dates, and cut where its list is. */
const likeShown = (shown: unknown, came: unknown): unknown => {
  if (typeof shown === "string" && typeof came === "string") {
    const [before = "", ...after] = shown.split("…")
    return (after.length > 0 && came.startsWith(before)) || (isoDate.test(shown) && isoDate.test(came)) ? shown : came
  }
  if (Array.isArray(shown) && Array.isArray(came)) {
    return came.slice(0, shown.length).map((value, index) => likeShown(shown[index], value))
  }
  if (typeof shown === "object" && shown !== null && typeof came === "object" && came !== null) {
    const fields = new Map(Object.entries(shown))
    return Object.fromEntries(Object.entries(came).map(([key, value]) => [key, likeShown(fields.get(key), value)]))
  }
  return came
}

for (const page of ["sandbox", "sandbox-clients", "sandbox-control", "sandbox-tests"]) {
  describe(`docs/zh/${page}.md`, () => {
    it("has the programs, the commands and the headings of the English page", () => {
      const blocks = (text: string) => text.match(/^```\w+\n.*?^```$/gms)
      const levels = (text: string) => text.replaceAll(/^```.*?^```$/gms, "").match(/^#+ /gm)
      assert.deepStrictEqual(blocks(read(`zh/${page}`)), blocks(read(page)))
      assert.deepStrictEqual(levels(read(`zh/${page}`)), levels(read(page)))
    })
  })
}

const hasCurl = spawnSync("curl", ["--version"]).status === 0

describe("docs/sandbox.md and docs/sandbox-control.md", () => {
  it("starts the server, says where it is, and then shows what to do", () => {
    assert.strictEqual(start?.commands, "jindouyun sandbox --port 8080\n")
    assert.strictEqual(where?.commands, "SANDBOX=http://127.0.0.1:8080\n")
    assert.isAbove(others.length, 10)
  })

  it("has a command for every path of the control API", () => {
    const commands = others.map(({ commands }) => commands).join("")
    for (const path of Object.keys(ControlApi.openApi.paths)) {
      assert.include(commands, path.replace("{username}", "user2"))
    }
  })

  it("names every fault", () => {
    const [, table = ""] = /<!-- faults -->(.*)<!-- \/faults -->/s.exec(guide) ?? []
    const tags = [
      ...JSON.stringify(ControlApi.openApi.components.schemas["Fault"]).matchAll(/"_tag":\{.*?\["(\w+)"\]/g)
    ]
    assert.lengthOf(tags, 14)
    for (const [, tag] of tags) {
      assert.include(table, `\`${tag}\``)
    }
  })
})

describe.skipIf(!hasCurl)("the commands of docs/sandbox.md and docs/sandbox-control.md (curl)", () => {
  it.live("do what the page says", () =>
    Effect.gen(function*() {
      const { url } = yield* SandboxServer.SandboxServer
      const outputs = yield* Effect.promise(() => run(url))
      assert.strictEqual(outputs.length, others.length)
      others.forEach(({ answers, commands }, index) => {
        const output = outputs[index] ?? ""
        for (const { language, text } of answers) {
          if (language === "json") {
            const shown = documents(text)
            assert.deepEqual(likeShown(shown, documents(output)), shown, commands)
          } else {
            for (const line of text.split("\n")) {
              assert.include(output.replaceAll("\r", ""), line.replace(/….*/, ""), commands)
            }
          }
        }
        if (answers.length === 0) {
          assert.strictEqual(output, "", commands)
        }
      })
    }).pipe(Effect.provide(SandboxServer.layer({ control: true }))), 30_000)
})
