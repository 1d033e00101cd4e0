import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // They wait for servers, leases and limits in real time, on machines that have other things to do.
    testTimeout: 30_000,
    hookTimeout: 30_000
  }
})
