import { assert, describe, it } from "@effect/vitest"
import { execFileSync } from "node:child_process"
import { fileURLToPath } from "node:url"

describe("speed", () => {
  it("jindouyun token from a warm store takes at most 1.5 times what its imports alone take", () => {
    const script = fileURLToPath(new URL("../scripts/speed.mjs", import.meta.url))
    const out = execFileSync(process.execPath, [script, "--runs", "15", "--json"], { encoding: "utf8" })
    const { ratio } = JSON.parse(out) as { readonly ratio: number }
    assert.isAtMost(ratio, 1.5, `node packages/cli/scripts/speed.mjs: ${out}`)
  }, 120_000)
})
