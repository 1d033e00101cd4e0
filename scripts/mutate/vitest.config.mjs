// What `run.mjs` plays against each mutant: the test files of core that it names.
import { defineConfig } from "vitest/config"

// Stryker looks at tests only. A mutant with which a file cannot even be loaded has been noticed as well.
const loading = {
  onFinished: (files) => {
    for (const file of files.filter(({ result, tasks }) => result?.state === "fail" && tasks.length === 0)) {
      file.tasks.push({ type: "test", name: "loads", mode: "run", file, suite: file, result: file.result })
    }
  }
}

export default defineConfig({
  test: {
    root: "packages/core",
    include: (process.env.MUTATION_TESTS ?? "").split(","),
    reporters: [loading]
  }
})
