/** Bundles the command once, before the tests that start it. */
import { execFileSync } from "node:child_process"
import { fileURLToPath } from "node:url"

export const setup = () => {
  execFileSync(process.execPath, [fileURLToPath(new URL("../scripts/bundle.mjs", import.meta.url)), "--if-stale"], {
    stdio: "inherit"
  })
}
