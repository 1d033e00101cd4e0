import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { file, output } from "./programs.js"

/** Runs a quick start, and checks what it prints and which requests arrive. */
export const quickStart = (command: string, args: ReadonlyArray<string>, path: string) =>
  Effect.gen(function*() {
    const { journal, lines } = yield* output(command, () => [...args, file(`quick-starts/${path}`)], { control: true })
    assert.deepStrictEqual(lines, [
      "acquire: code 20000",
      "refresh: code 20000",
      "report: code 20000, 12 orders",
      "report: HTTP 502 text/html"
    ])
    assert.deepStrictEqual(journal.map(({ endpoint, outcome }) => [endpoint, outcome._tag]), [
      ["acquire", "Answered"],
      ["refresh", "Answered"],
      ["report", "Answered"],
      ["report", "Faulted"]
    ])
  })
