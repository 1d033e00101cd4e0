// Installs a Debian package for the tests that want its binary: `node scripts/apt.mjs chromium /usr/bin/chromium`.
// Where that cannot be done it says so and succeeds: without the binary those tests are reported as skipped.
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"

const [name, binary] = process.argv.slice(2)
if (name === undefined || binary === undefined) {
  console.error("usage: node scripts/apt.mjs PACKAGE BINARY")
  process.exit(2)
}

const apt = (...command) => {
  const { error, status } = spawnSync("apt-get", command, {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    // Its progress is of use to nobody; what went wrong is.
    stdio: ["ignore", "ignore", "inherit"],
    timeout: 600_000
  })
  return error === undefined && status === 0
}

if (existsSync(binary)) {
  console.log(`${binary} is there`)
} else if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) {
  console.log(`${binary} is missing, and only root on Debian can install it here: its tests will be skipped`)
} else if (apt("update") && apt("install", "-y", "--no-install-recommends", name)) {
  console.log(`${binary} was installed`)
} else {
  console.log(`${name} could not be installed: the tests that want ${binary} will be skipped`)
}
