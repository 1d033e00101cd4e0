import { defineConfig } from "vitest/config"
import workspace from "./vitest.workspace.js"

export default defineConfig({
  test: {
    projects: workspace,
    // By default one core stays idle.
    maxWorkers: "100%",
    // A new process for each file costs more than the tests of most files: it loads Effect again.
    isolate: false
  }
})
