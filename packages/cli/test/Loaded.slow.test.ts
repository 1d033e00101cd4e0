import { assert, describe, it } from "@effect/vitest"
import * as TokenStore from "@jindouyun/core/TokenStore"
import * as Effect from "effect/Effect"
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { account, bin, type Home, makeHome, type Outcome, serve, signedIn } from "./command.js"

/** The sources of the files that Node has loaded: the coverage of V8 lists the files, their source maps the sources. */
const loadedBy = ({ home, start }: Home, ...args: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const folder = join(home, `coverage-${args.join("")}`)
    const outcome = yield* start(args, { env: { NODE_V8_COVERAGE: folder } })
    const files = readdirSync(folder).flatMap((name) => {
      const { result } = JSON.parse(readFileSync(join(folder, name), "utf8")) as {
        readonly result: ReadonlyArray<{ readonly url: string }>
      }
      return result.map(({ url }) => url).filter((url) => url.startsWith("file:"))
    })
    const sources = files.map((url) => `${fileURLToPath(url)}.map`).filter(existsSync).flatMap((map) =>
      (JSON.parse(readFileSync(map, "utf8")) as { readonly sources: ReadonlyArray<string> }).sources
    )
    return { ...outcome, sources }
  })

const parts = {
  "the files": /\/FileTokenStore\.ts$/,
  "the parser": /\/@effect\/cli\//,
  "the provider": /\/TokenProvider\.ts$/,
  "an HTTP client": /\/HttpClient\.[jt]s$/,
  undici: /\/undici\//,
  Redis: /\/ioredis\//,
  "the sandbox": /\/sandbox\/src\//,
  Schema: /\/effect\/(src|dist\/esm)\/Schema\.[jt]s$/
}

const partsOf = (sources: ReadonlyArray<string>) =>
  Object.entries(parts).filter(([, source]) => sources.some((name) => source.test(name))).map(([part]) => part)

describe("a command loads what it needs", () => {
  it.scopedLive("token: the file store, if the store has a valid token", () =>
    Effect.gen(function*() {
      const { url } = yield* serve()
      const home = yield* signedIn(url)
      for (const line of [["token"], ["token", "--json"]]) {
        const { code, sources } = yield* loadedBy(home, ...line)
        assert.strictEqual(code, 0)
        assert.deepStrictEqual(partsOf(sources), ["the files", "Schema"])
      }
      const { sources } = yield* loadedBy(home, "token", "--store", "file")
      assert.includeMembers(partsOf(sources), ["the files", "the parser", "the provider", "an HTTP client", "Schema"])
    }))

  it.scopedLive("token: also the provider and an HTTP client, if a request is necessary", () =>
    Effect.gen(function*() {
      const { url } = yield* serve()
      const home = yield* makeHome
      const start: Home["start"] = (args, options) => home.start(args, { env: { ...account(url), ...options?.env } })
      const { code, err, sources } = yield* loadedBy({ ...home, start }, "token")
      assert.strictEqual(code, 0, err)
      assert.deepStrictEqual(partsOf(sources), ["the files", "the provider", "an HTTP client", "Schema"])
    }))

  it.scopedLive("help: texts", () =>
    Effect.gen(function*() {
      const home = yield* makeHome
      for (const line of [["--help"], ["token", "--help"], ["help", "login"]]) {
        const { code, sources } = yield* loadedBy(home, ...line)
        assert.strictEqual(code, 0)
        assert.isTrue(sources.some((source) => source.endsWith("/internal/help.ts")))
        assert.deepStrictEqual(partsOf(sources), [])
      }
    }))
})

/** A refusal names the time of the next try, which differs from run to run. */
const withoutTimes = (outcome: Outcome | undefined) =>
  outcome && { ...outcome, err: outcome.err.replaceAll(/"nextTryAt":"[^"]*"/g, "") }

describe("a line that the parser does not read", () => {
  it.scopedLive("prints what the same line with an option prints", () =>
    Effect.gen(function*() {
      const { url } = yield* serve()
      const { run, start, state } = yield* signedIn(url)
      const same = (env: { readonly [name: string]: string } = {}) =>
        Effect.gen(function*() {
          for (const json of [[], ["--json"]]) {
            const lines = [["token", ...json], ["token", "--set", "returnCodes=", ...json]]
            const [plain, parsed] = yield* Effect.forEach(lines, (line) => start(line, { env }))
            assert.deepStrictEqual(withoutTimes(plain), withoutTimes(parsed))
          }
        })
      yield* same()
      yield* same({ JINDOUYUN_EXPIRY_MARGIN: "23 hours" })
      yield* same({ JINDOUYUN_NOTHING: "1" })
      yield* same({ JINDOUYUN_ENCRYPTION_KEY: "short" })
      const [folder = ""] = readdirSync(join(state, "tokens"))
      writeFileSync(join(state, "tokens", folder, "record.99999999999999999999"), "x", { mode: 0o600 })
      yield* same()
      assert.match((yield* run("token")).err, /ignored, because no token store created it/)
      writeFileSync(join(state, "tokens", folder, "record.9"), "damaged", { mode: 0o600 })
      yield* same()
      assert.match((yield* run("token")).err, /a record that is ignored/)
      writeFileSync(join(state, "tokens", folder, "record.10"), "x", { mode: 0o666 })
      yield* same()
    }), 120_000)

  it.scopedLive("fails if the proxy is invalid, as the same line with an option does", () =>
    Effect.gen(function*() {
      const { url } = yield* serve()
      const { start, state } = yield* signedIn(url)
      // The pair of a host that is not loopback: only such a host is reached through a proxy.
      const [folder = ""] = readdirSync(join(state, "tokens"))
      const baseUrl = "https://platform.example"
      renameSync(join(state, "tokens", folder), join(state, "tokens", TokenStore.keyOf(baseUrl, "user1")))
      const env = { JINDOUYUN_BASE_URL: baseUrl, JINDOUYUN_USERNAME: "user1" }
      assert.strictEqual((yield* start(["token"], { env })).code, 0)
      const proxied = { ...env, HTTPS_PROXY: "socks5://proxy.example" }
      const plain = yield* start(["token"], { env: proxied })
      assert.strictEqual(plain.code, 3, plain.err)
      assert.deepStrictEqual(plain, yield* start(["token", "--set", "returnCodes="], { env: proxied }))
    }))
})

describe("a command whose files are removed while it runs", () => {
  it.scopedLive("still reports its failure", () =>
    Effect.gen(function*() {
      const { home, start } = yield* makeHome
      const copy = join(home, "bundle")
      cpSync(dirname(bin), copy, { recursive: true })
      for (const name of readdirSync(copy).filter((name) => name.startsWith("Report-"))) {
        rmSync(join(copy, name))
      }
      const options = { bin: join(copy, basename(bin)) }
      const text = yield* start(["token"], options)
      assert.deepStrictEqual({ ...text, err: "" }, { code: 1, signal: null, out: "", err: "" })
      assert.match(text.err, /^jindouyun: .*username/)
      const json = yield* start(["token", "--json"], options)
      assert.deepStrictEqual({ ...json, err: "" }, { code: 1, signal: null, out: "", err: "" })
      assert.containsAllKeys(JSON.parse(json.err), ["error", "exitCode", "message"])
    }))
})
