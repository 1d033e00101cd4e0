import { readdirSync } from "node:fs"

// Those for Effect 4 have scripts/edition/vitest.config.ts.
const packages = readdirSync(new URL("packages", import.meta.url)).filter((name) => !name.startsWith("effect4"))

// A busy machine takes many times as long as an idle one.
const timeouts = { testTimeout: 60_000, hookTimeout: 60_000 }

/** One project for each package, and one for the scripts. */
export default [
  ...packages.map((name) => ({
    test: {
      name,
      root: `packages/${name}`,
      include: ["test/**/*.test.ts", "examples/**/*.test.ts"],
      // The tests of the command start its bundle.
      globalSetup: name === "cli" ? ["test/bundle.ts"] : [],
      ...timeouts
    }
  })),
  { test: { name: "scripts", root: "scripts", include: ["**/*.test.ts"], ...timeouts } }
]
