/**
 * The CPU of `jindouyun token` with a valid token in the file store and of `jindouyun --help`, beside `node -e 0`. Each run is a
 * process of its own, from the bundle that is published.
 */
import { execFile, execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { promisify } from "node:util"
import { figures, interleave, main, ratio, type Turn } from "../measure.js"

const run = promisify(execFile)

// Reports user and system time of all threads of the process.
const probe = `
  process.on("exit", () => {
    const { system, user } = process.cpuUsage()
    require("node:fs").writeSync(2, String((system + user) / 1000))
  })
`

main(async ({ quick }) => {
  execFileSync(process.execPath, ["packages/cli/scripts/bundle.mjs", "--if-stale"], { stdio: ["ignore", 2, 2] })
  const bin = resolve("packages/cli/dist/bundle/jindouyun.js")
  const home = mkdtempSync(join(tmpdir(), "jindouyun-commands-"))
  try {
    const env = { PATH: process.env["PATH"], HOME: home }
    const sandbox = spawn(process.execPath, [bin, "sandbox", "--json"], { env, stdio: ["ignore", "pipe", "inherit"] })
    try {
      const [line] = await Promise.race([
        once(sandbox.stdout, "data"),
        once(sandbox, "exit").then(() => {
          throw new Error("the sandbox did not start")
        })
      ]) as ReadonlyArray<unknown>
      const { url } = JSON.parse(String(line)) as { readonly url: string }
      execFileSync(process.execPath, [bin, "login", "--base-url", url, "--username", "user1", "--password-stdin"], {
        env,
        input: "pass1"
      })
    } finally {
      sandbox.kill()
    }
    const preload = join(home, "probe.cjs")
    writeFileSync(preload, probe)
    const turn = (...args: ReadonlyArray<string>): Turn => async () => {
      const { stderr } = await run(process.execPath, ["--require", preload, ...args], { env })
      return { cpu: Number(stderr) }
    }
    const rounds = await interleave(
      { token: turn(bin, "token"), help: turn(bin, "--help"), "node -e 0": turn("-e", "0") },
      quick ? { rounds: 5, warmup: 1 } : { rounds: 31, warmup: 2 }
    )
    const beside = (name: "token" | "help", atMost: number) =>
      ratio(rounds, "cpu", [name, "node -e 0"], { name: `CPU of ${name} beside node -e 0`, goal: { atMost } })
    return {
      figures: figures(rounds, "cpu", { title: "CPU", unit: "ms" }),
      checks: [beside("token", 2.5), beside("help", 2.2)]
    }
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
})
