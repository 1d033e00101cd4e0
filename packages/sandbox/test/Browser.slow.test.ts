import { assert, describe, it } from "@effect/vitest"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { existsSync } from "node:fs"
import { type Browser, chromium, type Locator, type Page } from "playwright-core"
import { accepts, type Envelope, Origin, socket } from "./support/carriers.js"

const executablePath = "/usr/bin/chromium"

class Opened extends Context.Tag("test/Opened")<Opened, {
  readonly page: Page
  /** Every address that the page asked for. */
  readonly addresses: ReadonlyArray<string>
  /** What the page complained of. */
  readonly complaints: ReadonlyArray<string>
}>() {}

const launch = Effect.acquireRelease(
  Effect.promise(() => chromium.launch({ executablePath, args: ["--no-sandbox"] })),
  (browser: Browser) => Effect.promise(() => browser.close())
)

const page = Layer.scoped(
  Opened,
  Effect.gen(function*() {
    const browser = yield* launch
    const page = yield* Effect.promise(() => browser.newPage())
    const addresses: Array<string> = []
    const complaints: Array<string> = []
    page.on("request", (request) => addresses.push(request.url()))
    page.on("pageerror", (error) => complaints.push(String(error)))
    const origin = yield* Origin
    yield* Effect.promise(() => page.goto(`${origin}/docs`))
    return { page, addresses, complaints }
  })
).pipe(Layer.provideMerge(socket({ control: true })))

/** Opens an operation, and clicks its "Try it out". */
const tryOut = (page: Page, id: string) =>
  Effect.promise(async () => {
    const operation = page.locator(`#operations-${id}`)
    await operation.locator(".opblock-summary-control").click()
    await operation.getByRole("button", { name: "Try it out" }).click()
    return operation
  })

/** Clicks its "Execute", and reads what the page shows of the answer. */
const execute = (operation: Locator) =>
  Effect.promise(async () => {
    await operation.getByRole("button", { name: "Execute" }).click()
    const row = operation.locator(".live-responses-table .response")
    await row.waitFor()
    return {
      status: await row.locator(".response-col_status").innerText(),
      body: await row.locator(".response-col_description pre").first().innerText()
    }
  })

// The name of the suite is what a report without the browser shows as skipped.
describe.skipIf(!existsSync(executablePath))(`the page in a real browser (${executablePath})`, () => {
  it.live("loads without a request to another host", () =>
    Effect.gen(function*() {
      const { addresses, complaints, page } = yield* Opened
      yield* Effect.promise(() => page.locator("#operations-control-clock").waitFor())
      yield* tryOut(page, "token-acquire")
      yield* Effect.promise(() => page.waitForLoadState("networkidle"))
      const origin = yield* Origin
      assert.include(addresses, `${origin}/docs`)
      for (const address of addresses) {
        assert.isTrue(address.startsWith(`${origin}/`) || address.startsWith("data:"), address.slice(0, 100))
      }
      assert.deepStrictEqual(complaints, [])
      assert.deepStrictEqual(yield* (yield* Sandbox.Sandbox).journal, [])
    }).pipe(Effect.provide(page)), 60_000)

  it.live("gets a token by \"Try it out\" and \"Execute\" on the acquisition", () =>
    Effect.gen(function*() {
      const { page } = yield* Opened
      const { body, status } = yield* execute(yield* tryOut(page, "token-acquire"))
      assert.strictEqual(status.trim(), "200")
      const { code, data } = JSON.parse(body) as Envelope
      assert.strictEqual(code, "20000")
      assert.isTrue(yield* accepts(data.accessToken))
    }).pipe(Effect.provide(page)), 60_000)

  it.live("injects a fault, which the next answer shows", () =>
    Effect.gen(function*() {
      const { page } = yield* Opened
      const inject = yield* tryOut(page, "control-injectFault")
      const fault = { _tag: "Refuse", code: 41009, message: "余额不足", status: 403 }
      yield* Effect.promise(() => inject.locator("textarea").fill(JSON.stringify({ endpoint: "acquire", fault })))
      assert.strictEqual((yield* execute(inject)).status.trim(), "200")
      const acquisition = yield* tryOut(page, "token-acquire")
      const { body, status } = yield* execute(acquisition)
      assert.match(status, /^403/)
      assert.deepStrictEqual(JSON.parse(body), { code: "41009", message: "余额不足", data: {} })
      const requests = yield* (yield* Sandbox.Sandbox).requests
      assert.deepStrictEqual(requests, { acquire: 1, refresh: 0, report: 0 })
    }).pipe(Effect.provide(page)), 60_000)

  it.live("shows what an answer may contain, and says that it is for tests only", () =>
    Effect.gen(function*() {
      const { page } = yield* Opened
      assert.include(yield* Effect.promise(() => page.locator(".info").innerText()), "not for production")
      for (
        const [id, part] of [
          ["token-acquire", "\"message\": \"数据返回正确\""],
          ["control-journal", "\"reason\": \"field refresh_token, expected refreshToken\""],
          ["control-pairs", "\"accessTokenRemaining\": 86399000"],
          ["control-behaviour", "\"tokenName\": \"accessToken\""]
        ] as const
      ) {
        const operation = page.locator(`#operations-${id}`)
        yield* Effect.promise(() => operation.locator(".opblock-summary-control").click())
        const example = yield* Effect.promise(() =>
          operation.locator("tr.response[data-code='200'] .example").first().innerText()
        )
        assert.include(example, part)
        assert.notInclude(example, "\"string\": \"string\"")
      }
      assert.strictEqual(yield* Effect.promise(() => page.locator("#operations-control-journalEvents").count()), 0)
    }).pipe(Effect.provide(page)), 60_000)

  it.live(
    "cannot be changed by a page of another origin",
    () =>
      Effect.gen(function*() {
        const { page } = yield* Opened
        const origin = yield* Origin
        const other = origin.replace("127.0.0.1", "localhost")
        // A page of the platform, in the origin of another host name.
        yield* Effect.promise(() => page.goto(`${other}/api/x`))
        const posts = (target: string) =>
          Effect.promise(() =>
            page.evaluate(async (target) => {
              const body = JSON.stringify({ username: "evil", password: "evil" })
              const types = ["text/plain", "application/x-www-form-urlencoded", "application/json"]
              for (const type of types) {
                const headers = { "content-type": type }
                await fetch(target, { method: "POST", mode: "no-cors", headers, body }).catch(() => undefined)
                await fetch(target, { method: "POST", headers, body }).catch(() => undefined)
              }
              navigator.sendBeacon(target, body)
            }, target)
          )
        yield* posts(`${origin}/_sandbox/accounts`)
        // A platform answer has an origin of its own, so that even its own host is foreign.
        yield* posts(`${other}/_sandbox/accounts`)
        yield* Effect.sleep("200 millis")
        assert.deepStrictEqual(yield* (yield* Sandbox.Sandbox).accounts, ["user1"])
      }).pipe(Effect.provide(page)),
    60_000
  )
})
