import { readdirSync } from "node:fs"

// Those for Effect 4 have scripts/edition/vitest.config.ts.
const packages = readdirSync(new URL("packages", import.meta.url)).filter((name) => !name.startsWith("effect4"))

/** One project for each package, and one for the scripts. */
export default [
  ...packages.map((name) => ({
    test: {
      name,
      root: `packages/${name}`,
      include: ["test/**/*.test.ts", "examples/**/*.test.ts"],
      // The tests of the command start its bundle.
      globalSetup: name === "cli" ? ["test/bundle.ts"] : [],
      // A busy machine takes several times as long as an idle one.
      testTimeout: 30_000,
      hookTimeout: 30_000
    }
  })),
  { test: { name: "scripts", root: "scripts", include: ["**/*.test.ts"] } }
]
