import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // The tests of processes start what a user starts.
    globalSetup: ["test/bundle.ts"],
    testTimeout: 30_000
  }
})
