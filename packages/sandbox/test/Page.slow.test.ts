import { assert, describe, it } from "@effect/vitest"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { chromium, type Page } from "playwright-core"
import { account, Origin, send, socket } from "./support/carriers.js"

const executablePath = "/usr/bin/chromium"

/** The pictures of the docs, written if SCREENSHOTS is set. */
const picture = (language: string) =>
  fileURLToPath(new URL(`../../../docs/pictures/sandbox-${language}.png`, import.meta.url))

const browser = Effect.acquireRelease(
  Effect.promise(() => chromium.launch({ executablePath, args: ["--no-sandbox"] })),
  (browser) => Effect.promise(() => browser.close())
)

/** The page in a window of that width, with its console errors and the addresses of its requests. */
const open = (width: number, language: "en" | "zh") =>
  Effect.gen(function*() {
    const page = yield* Effect.flatMap(browser, (browser) =>
      Effect.promise(() => browser.newPage({ viewport: { width, height: 900 } })))
    const errors: Array<string> = []
    const addresses: Array<string> = []
    page.on("request", (request) =>
      addresses.push(request.url()))
    page.on("pageerror", (error) => errors.push(String(error)))
    page.on("console", (message) => {
      if (message.type() === "error") {
        errors.push(message.text())
      }
    })
    const origin = yield* Origin
    yield* Effect.promise(() => page.goto(`${origin}/#${language}`))
    yield* Effect.promise(() => page.locator(".account").first().waitFor())
    return { page, errors, addresses }
  })

const click = (page: Page, name: string) =>
  Effect.promise(() => page.getByRole("button", { name, exact: true }).click())

const shows = (page: Page, selector: string, text: string | RegExp) =>
  Effect.promise(() => page.locator(selector).filter({ hasText: text }).first().waitFor({ timeout: 10_000 }))

const acquire = send("/api/access_token", account)

/** Runs the command that the page shows, and returns its status. */
const runShown = (page: Page) =>
  Effect.promise(async () => {
    const command = await page.locator("#curl").innerText()
    const { stdout } = await promisify(execFile)("sh", ["-c", `${command} -w '%{http_code}' -o /dev/null`])
    return stdout
  })

const layer = (options: Parameters<typeof socket>[0] = {}) => socket({ control: true, ...options })

describe.skipIf(!existsSync(executablePath))(`the page of the sandbox (${executablePath})`, () => {
  for (const width of [1280, 400]) {
    for (const language of ["en", "zh"] as const) {
      const zh = language === "zh"
      it.scopedLive(`works at ${width} pixels, in ${zh ? "Chinese" : "English"}`, () =>
        Effect.gen(function*() {
          const sandbox = yield* Sandbox.Sandbox
          const { addresses, errors, page } = yield* open(width, language)
          yield* shows(page, ".account", zh ? "无有效 Token" : "no valid token")

          yield* acquire
          yield* shows(page, ".account", zh ? /剩余 (1 天 0 小时|23 小时 59 分)/ : /(1 d 0 h|23 h 59 min) left/)
          yield* shows(page, "#journal li", /POST \/api\/access_token .*200 · 20000/)
          const text = yield* Effect.promise(() => page.locator("body").innerText())
          const [pair] = yield* sandbox.pairs
          assert.isDefined(pair)
          assert.notInclude(text, Redacted.value(pair!.accessToken))
          assert.notInclude(text, Redacted.value(pair!.refreshToken))

          yield* click(page, zh ? "24 小时" : "24 hours")
          yield* shows(page, ".account", zh ? "已过期" : "expired")
          assert.strictEqual(yield* runShown(page), "200")

          yield* click(page, zh ? "网关返回 502" : "502 of a gateway")
          yield* shows(page, "#queue", "acquire: Html502")
          assert.strictEqual((yield* sandbox.faults).acquire.length, 1)
          yield* acquire
          yield* shows(page, "#journal li", "Html502")
          yield* acquire
          yield* shows(page, "#journal li", "#3")
          if (width === 1280 && process.env["SCREENSHOTS"] !== undefined) {
            yield* Effect.promise(() => page.screenshot({ path: picture(language), fullPage: true }))
          }

          yield* click(page, zh ? "撤销全部 Token" : "Revoke all tokens")
          yield* click(page, zh ? "全部重置" : "Reset everything")
          yield* shows(page, ".account", zh ? "无有效 Token" : "no valid token")
          assert.deepStrictEqual(yield* sandbox.journal, [])
          yield* Effect.promise(() => page.locator("#journal li").first().waitFor({ state: "detached" }))

          const overflow = yield* Effect.promise(() =>
            page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
          )
          assert.strictEqual(overflow, 0, "the page is wider than its window")
          const origin = yield* Origin
          assert.deepStrictEqual(
            addresses.filter((address) => !address.startsWith(`${origin}/`) && !address.startsWith("data:")),
            []
          )
          assert.deepStrictEqual(errors, [])
        }).pipe(Effect.provide(layer())), 60_000)
    }
  }

  it.scopedLive("changes its language without losing the last command", () =>
    Effect.gen(function*() {
      const { errors, page } = yield* open(1280, "en")
      yield* click(page, "1 hour")
      const command = yield* Effect.promise(() => page.locator("#curl").innerText())
      assert.include(command, `-d '{"by":"1 hour"}'`)
      yield* click(page, "中文")
      yield* shows(page, "h1", "筋斗云沙箱")
      assert.strictEqual(yield* Effect.promise(() => page.locator("#curl").innerText()), command)
      assert.deepStrictEqual(errors, [])
    }).pipe(Effect.provide(layer())), 60_000)

  it.scopedLive("shows the texts of a request as text", () =>
    Effect.gen(function*() {
      const { errors, page } = yield* open(1280, "en")
      yield* send("/api/report/%3Cimg%20src=x%20onerror=alert(1)%3E", {})
      yield* shows(page, "#journal li", "/api/report/")
      assert.strictEqual(yield* Effect.promise(() => page.locator("#journal img").count()), 0)
      assert.deepStrictEqual(errors, [])
    }).pipe(Effect.provide(layer())), 60_000)

  it.scopedLive("asks for the control key, and uses it", () =>
    Effect.gen(function*() {
      const origin = yield* Origin
      const page = yield* Effect.flatMap(browser, (browser) => Effect.promise(() => browser.newPage()))
      yield* Effect.promise(() => page.goto(`${origin}/#en`))
      yield* shows(page, "#problem", "control key")
      yield* Effect.promise(() => page.locator("#key").fill("the-key"))
      yield* click(page, "Use")
      yield* shows(page, ".account", "user1")
      yield* click(page, "24 hours")
      yield* shows(page, "#curl", "X-Sandbox-Key: $SANDBOX_KEY")
      assert.notInclude(yield* Effect.promise(() => page.locator("body").innerText()), "the-key")
    }).pipe(Effect.provide(layer({ controlKey: Redacted.make("the-key") }))), 60_000)
})
