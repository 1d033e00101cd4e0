import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"
import { editions } from "./table.js"

const inRoot = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

// undici 8, which `@effect/platform-node` 4 brings, needs Node 22.
const hasUndici = Number.parseInt(process.versions.node, 10) >= 22

/** The tests of the packages for Effect 4, on the vitest of the repository. */
export default defineConfig({
  test: {
    projects: editions.map(({ to }) => ({
      resolve: {
        alias: {
          "@effect/platform-node/NodeHttpClient": inRoot("packages/effect4/support/NodeHttpClient.ts"),
          ...(hasUndici ? {} : { "@effect/platform-node/Undici": inRoot("packages/effect4/node_modules/undici") }),
          "@effect/vitest/utils": inRoot("packages/effect4/support/utils.ts"),
          "@jindouyun/effect4-sandbox/SandboxServer": inRoot("packages/effect4/support/SandboxServer.ts"),
          "@effect/vitest": inRoot("packages/effect4/support/vitest.ts")
        }
      },
      test: {
        name: to.slice("packages/".length),
        root: inRoot(to),
        include: ["test/**/*.test.ts", "examples/**/*.test.ts"],
        testTimeout: 60_000,
        hookTimeout: 60_000
      }
    })),
    maxWorkers: "100%",
    isolate: false
  }
})
