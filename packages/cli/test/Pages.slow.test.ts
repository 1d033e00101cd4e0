import { assert, describe, it } from "@effect/vitest"
import * as Report from "@jindouyun/sandbox/Report"
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { bin, makeHome, type Outcome, outcomeOf, serve } from "./command.js"

const root = fileURLToPath(new URL("../../..", import.meta.url))

/** Run elsewhere: by the tests of the sandbox, and by `npm run packed`. */
const others = ["sandbox", "sandbox-clients", "sandbox-control", "effect-4", "testing"].map((name) => `docs/${name}.md`)

const blocksOf = (page: string, language = "sh"): ReadonlyArray<string> =>
  [...readFileSync(join(root, page), "utf8").matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .flatMap(([, found, text = ""]) => found === language ? [text] : [])

const pages = ["packages/cli/README.md", ...readdirSync(join(root, "docs")).map((name) => `docs/${name}`)]
  .filter((page) => page.endsWith(".md") && !others.includes(page) && blocksOf(page).length > 0)

/** What a page leaves to the reader: another platform, a password manager, a second shell for the sandbox. */
const commands = {
  jindouyun: `if [ "$1" != sandbox ]; then exec '${process.execPath}' '${bin}' "$@"; fi
'${process.execPath}' '${bin}' "\${@/8080/0}" > "$HOME/sandbox" & server=$!
until grep -q "^account" "$HOME/sandbox"; do kill -0 $server; sleep 0.05; done
kill $server; wait $server || [ $? = 143 ]`,
  pass: `case "$2" in jindouyun) echo pass1;; *) echo AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=;; esac`
}

const files = {
  "day.json": `{"day":"2021-12-12"}`,
  "daily.json": `{"visits":7}`,
  "account.json": `{"username":"user1","password":"pass1"}`
}

const prepared = Effect.tap(makeHome, ({ home }) =>
  Effect.sync(() => {
    mkdirSync(join(home, "bin"))
    for (const [name, text] of Object.entries(commands)) {
      writeFileSync(join(home, "bin", name), `#!/usr/bin/env bash\nset -eu\n${text}\n`, { mode: 0o755 })
    }
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(home, name), text)
    }
    for (const name of ["package.json", "packages", "scratchpad", "node_modules"]) {
      symlinkSync(join(root, name), join(home, name))
    }
  }))

describe("the commands of the pages", () => {
  for (const page of pages) {
    it.scopedLive(`${page}: each block succeeds`, () =>
      Effect.gen(function*() {
        const { url } = yield* serve({
          revokeOnAcquire: false,
          reports: { "/api/report/daily": Report.fixed({ data: { visits: 7 } }), [Report.echoPath]: Report.echo }
        })
        const { environment, home } = yield* prepared
        const run = (block: string) =>
          Effect.async<Outcome>((resume) => {
            const script = block
              .replaceAll("http://127.0.0.1:8080", url)
              .replaceAll(/https:\/\/jdy\.cigdata\.cn(?:\/api\/…)?|(?<= )…/g, url)
              .replaceAll("npm i -g @jindouyun/cli", "")
            const child = spawn("bash", ["-euo", "pipefail", "-c", script], {
              cwd: home,
              env: {
                ...environment,
                PATH: `${home}/bin:${environment.PATH}`,
                JINDOUYUN_BASE_URL: url,
                JINDOUYUN_USERNAME: "user1",
                JINDOUYUN_PASSWORD: "pass1"
              },
              stdio: ["ignore", "pipe", "pipe"]
            })
            outcomeOf(child, resume)
            return Effect.sync(() => child.kill("SIGKILL"))
          })
        for (const block of blocksOf(page)) {
          const { code, err, out } = yield* run(block)
          assert.strictEqual(code, 0, `${block}\n${out}\n${err}`)
        }
      }), 300_000)
  }

  it.scopedLive("docs/cli-settings.md: the config file is accepted", () =>
    Effect.gen(function*() {
      const { home, run } = yield* makeHome
      for (const text of blocksOf("docs/cli-settings.md", "json")) {
        writeFileSync(join(home, "config.json"), text, { mode: 0o600 })
        const { code, err, out } = yield* run("status", "--config", join(home, "config.json"))
        assert.deepStrictEqual([code, err], [0, ""])
        assert.include(out, "user1 (config file)")
      }
    }))
})
