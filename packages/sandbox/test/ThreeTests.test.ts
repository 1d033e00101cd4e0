import { assert, describe, it } from "@effect/vitest"
import type * as Journal from "@jindouyun/sandbox/Journal"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as SandboxServer from "@jindouyun/sandbox/SandboxServer"
import * as Effect from "effect/Effect"
import { readFileSync } from "node:fs"
import * as after from "../quick-starts/three-tests/client-after.js"
import * as before from "../quick-starts/three-tests/client-before.js"
import { makeTests } from "../quick-starts/three-tests/tests.js"

const pages = ["docs/sandbox-tests.md", "docs/zh/sandbox-tests.md"].map((page) =>
  [page, readFileSync(new URL(`../../../${page}`, import.meta.url), "utf8")] as const
)

const line = ({ method, outcome, path, reason }: Journal.Entry): string =>
  [
    method,
    path,
    ...outcome._tag === "Answered" ? [outcome.status, outcome.code] : outcome._tag === "Faulted" ? [outcome.fault] : [],
    ...reason === undefined ? [] : [reason.replace(/\d+ s ago/, "… s ago")]
  ].join(" ")

/** The lines of the journal. Equal lines that follow each other are one line with their number. */
const linesOf = (journal: ReadonlyArray<Journal.Entry>): string => {
  const groups: Array<{ readonly text: string; count: number }> = []
  for (const text of journal.map(line)) {
    const last = groups.at(-1)
    if (last?.text === text) last.count += 1
    else groups.push({ text, count: 1 })
  }
  return groups.map(({ count, text }) => count === 1 ? text : `${count} × ${text}`).join("\n")
}

const names = ["manyCallers", "expiryInABatch", "lostRefresh"] as const

const run = (name: (typeof names)[number], { makeClient }: typeof before | typeof after) =>
  Effect.gen(function*() {
    const { url } = yield* SandboxServer.SandboxServer
    const sandbox = yield* Sandbox.Sandbox
    const tests = makeTests(url)
    yield* Effect.promise(() => tests.prepare())
    const failure = yield* Effect.promise(() => tests[name](makeClient(url)).then(() => undefined, String))
    return { failure, lines: linesOf(yield* sandbox.journal) }
  }).pipe(Effect.provide(SandboxServer.layer({ control: true })))

const shown = (lines: string) => {
  for (const [page, text] of pages) {
    assert.include(text, `\`\`\`text\n${lines}\n\`\`\``, page)
  }
}

describe("the three tests of docs/sandbox-tests.md", () => {
  const failures = {
    manyCallers: /100 !== 1/,
    expiryInABatch: /undefined/,
    lostRefresh: /\/api\/refresh_token returned 40003/
  }
  for (const name of names) {
    it.live(`${name} fails for the first client, with the journal that the page shows`, () =>
      Effect.gen(function*() {
        const { failure, lines } = yield* run(name, before)
        assert.match(failure ?? "passed", failures[name])
        shown(lines)
      }))

    it.live(`${name} passes for the second client, with the journal that the page shows`, () =>
      Effect.gen(function*() {
        const { failure, lines } = yield* run(name, after)
        assert.isUndefined(failure)
        shown(lines)
      }))
  }
})
