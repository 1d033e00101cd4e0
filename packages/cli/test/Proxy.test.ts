/** The route to the platform: undici's own agent of the environment is the oracle. */
import { EnvHttpProxyAgent } from "@effect/platform-node/Undici"
import { assert, describe, it } from "@effect/vitest"
import * as JindouyunError from "@jindouyun/core/JindouyunError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as proxy from "../src/internal/proxy.js"
import * as proxyClient from "../src/internal/proxyClient.js"
import * as Report from "../src/Report.js"

const through = (baseUrl: string, environment: { readonly [variable: string]: string }) => {
  const route = Either.getOrThrow(proxy.route(baseUrl, environment))
  return route._tag === "Proxy" ? `${route.variable} ${route.url}` : "direct"
}

const [one, two, three, four] = ["http://one:1", "http://two:2", "http://three:3", "http://four:4"]

describe("the proxy of a base URL", () => {
  it.each<readonly [baseUrl: string, environment: { readonly [variable: string]: string }, route: string]>([
    ["https://jdy.cigdata.cn", {}, "direct"],
    ["https://jdy.cigdata.cn", { HTTPS_PROXY: one }, `HTTPS_PROXY ${one}`],
    ["https://jdy.cigdata.cn", { https_proxy: one, HTTPS_PROXY: two }, `https_proxy ${one}`],
    ["https://jdy.cigdata.cn", { https_proxy: "", HTTPS_PROXY: two }, `HTTPS_PROXY ${two}`],
    ["https://jdy.cigdata.cn", { HTTPS_PROXY: one, http_proxy: three, HTTP_PROXY: four }, `HTTPS_PROXY ${one}`],
    ["https://jdy.cigdata.cn", { http_proxy: three, HTTP_PROXY: four }, `http_proxy ${three}`],
    ["http://gateway.internal", { HTTPS_PROXY: one, https_proxy: two }, "direct"],
    ["http://gateway.internal", { HTTP_PROXY: four }, `HTTP_PROXY ${four}`],
    ["http://gateway.internal", { http_proxy: three, HTTP_PROXY: four }, `http_proxy ${three}`],
    ["https://jdy.cigdata.cn", { HTTPS_PROXY: " http://one:1\n" }, `HTTPS_PROXY ${one}`],
    ["https://jdy.cigdata.cn", { HTTPS_PROXY: "one:1" }, `HTTPS_PROXY ${one}`],
    ["https://jdy.cigdata.cn", { HTTPS_PROXY: "HTTP://ONE:1/" }, `HTTPS_PROXY ${one}`],
    ["https://jdy.cigdata.cn", { HTTPS_PROXY: "https://one" }, "HTTPS_PROXY https://one"],
    ["https://jdy.cigdata.cn", { HTTPS_PROXY: one, no_proxy: "cigdata.cn", NO_PROXY: "" }, "direct"],
    ["https://jdy.cigdata.cn", { HTTPS_PROXY: one, no_proxy: "other", NO_PROXY: "cigdata.cn" }, `HTTPS_PROXY ${one}`],
    ["https://jdy.cigdata.cn", { HTTPS_PROXY: one, no_proxy: "", NO_PROXY: "cigdata.cn" }, "direct"]
  ])("%s with %j", (baseUrl, environment, expected) => {
    assert.strictEqual(through(baseUrl, environment), expected)
  })

  it.each([
    "http://localhost:8080",
    "http://LOCALHOST",
    "https://localhost",
    "http://127.0.0.1:8080",
    "http://127.1.2.3",
    "http://[::1]:8080",
    "http://[::ffff:127.0.0.1]"
  ])("is none for a loopback host, also if the proxy is invalid: %s", (baseUrl) => {
    for (const value of [one, "socks5://one:1", "nonsense"]) {
      assert.strictEqual(through(baseUrl, { http_proxy: value, HTTPS_PROXY: value }), "direct")
    }
  })

  it.each<readonly [value: string, problem: RegExp]>([
    ["nonsense", /^HTTPS_PROXY is not a URL$/],
    ["http://", /^HTTPS_PROXY is not a URL$/],
    ["http://one:99999", /^HTTPS_PROXY is not a URL$/],
    [" \t", /^HTTPS_PROXY is white space only$/],
    ["socks5://user:s3cret@one:1", /^HTTPS_PROXY is the address of a SOCKS proxy, which is not supported$/],
    ["socks://one:1", /SOCKS/],
    ["socks4a://one:1", /SOCKS/],
    ["ftp://one:1", /^HTTPS_PROXY is neither http: nor https:$/],
    ["http://user:%zz@one:1", /^HTTPS_PROXY has a % that is not followed by two digits$/]
  ])("is refused by the name of its variable: %j", (value, problem) => {
    const error = Either.getOrThrow(Either.flip(proxy.route("https://jdy.cigdata.cn", { HTTPS_PROXY: value })))
    assert.match(Report.what(error, "en"), problem)
    for (const language of ["en", "zh"] as const) {
      const line = Report.sentence(error, language)
      assert.match(line, /HTTPS_PROXY.*http:\/\/proxy\.example:3128/)
      assert.notInclude(line, "s3cret")
    }
  })

  it("is shown without its credentials, which go into one header", () => {
    const route = Either.getOrThrow(
      proxy.route("https://jdy.cigdata.cn", { HTTPS_PROXY: "http://us%65r:s3cret%3A@one:1" })
    )
    if (route._tag !== "Proxy") {
      return assert.fail("direct")
    }
    assert.strictEqual(route.shown, "http://<redacted>@one:1")
    assert.notInclude(JSON.stringify(route), "s3cret")
    const header = Redacted.value(Option.getOrThrow(route.authorization))
    assert.strictEqual(header, `Basic ${Buffer.from("user:s3cret:").toString("base64")}`)
  })
})

/** Whether undici's agent takes a proxy. Each connection fails as soon as its way is known. */
const undicis = (target: string, noProxy: string) =>
  Effect.promise(async () => {
    let way = "none"
    const failing = (name: string) => () => {
      way = name
      throw new Error(name)
    }
    const agent = new EnvHttpProxyAgent({
      httpProxy: one,
      httpsProxy: one,
      noProxy,
      connect: failing("direct"),
      clientFactory: () => ({ connect: failing("proxy"), close: async () => {}, destroy: async () => {} })
    } as unknown as EnvHttpProxyAgent.Options)
    const { origin } = new URL(target)
    await agent.request({ origin, path: "/", method: "GET" }).catch(() => {})
    return way
  })

describe("NO_PROXY", () => {
  const lists = [
    "jdy.cigdata.cn",
    "JDY.cigdata.CN",
    ".cigdata.cn",
    "*.cigdata.cn",
    "cigdata.cn",
    "data.cn",
    "cigdata.cn:443",
    "cigdata.cn:8443",
    "other, jdy.cigdata.cn",
    "other jdy.cigdata.cn",
    ",,other,",
    "*",
    "other,*",
    "10.1.2.3",
    "10.1.2.0/24",
    "[fd00::1]",
    "[fd00::1]:8443"
  ]
  const targets = [
    "https://jdy.cigdata.cn",
    "https://jdy.cigdata.cn:8443",
    "http://cigdata.cn",
    "https://10.1.2.3",
    "https://[fd00::1]:8443"
  ]

  it.effect.each(lists)(
    "is read as undici reads it: %s",
    (list) =>
      Effect.forEach(targets, (target) =>
        Effect.map(undicis(target, list), (way) => {
          const ours = through(target, { HTTPS_PROXY: one, HTTP_PROXY: one, NO_PROXY: list })
          assert.strictEqual(ours === "direct" ? "direct" : "proxy", way, target)
        }))
  )
})

describe("a failure on the way through a proxy", () => {
  const route = Either.getOrThrow(
    proxy.route("https://jdy.cigdata.cn", { https_proxy: "http://user:s3cret@proxy.example:3128" })
  )
  const transport = (reason: JindouyunError.TransportReason, detail: string) =>
    new JindouyunError.TransportFailure({ endpoint: "/api/access_token", reason, detail })

  it.each(
    [
      transport("refused", "ECONNREFUSED"),
      transport("nameNotFound", "ENOTFOUND"),
      transport("unreachable", "EHOSTUNREACH"),
      transport("connectTimeout", "UND_ERR_CONNECT_TIMEOUT"),
      transport("tls", "CERT_HAS_EXPIRED"),
      transport("reset", "ECONNRESET"),
      transport("timeout", "UND_ERR_HEADERS_TIMEOUT"),
      transport("other", "PROXY_STATUS_407"),
      transport("other", "PROXY_STATUS_502"),
      new JindouyunError.UnexpectedResponse({
        endpoint: "/api/access_token",
        reason: "status",
        status: 407,
        disposition: "fatal"
      }),
      new JindouyunError.UnexpectedResponse({
        endpoint: "/api/access_token",
        reason: "status",
        status: 502,
        disposition: "retry"
      })
    ].map((failure) => [failure.message, failure] as const)
  )("names the proxy and its variable, and no credentials: %s", (_, failure) => {
    for (const language of ["en", "zh"] as const) {
      const line = Report.sentence(proxyClient.explained(route)(failure), language)
      assert.include(line, "http://<redacted>@proxy.example:3128")
      assert.include(line, "https_proxy")
      assert.notInclude(line, "s3cret")
      assert.notInclude(line, Buffer.from("user:s3cret").toString("base64"))
      assert.strictEqual(
        /[\u4e00-\u9fff]/.test(Report.hint(proxyClient.explained(route)(failure))[language]),
        language === "zh"
      )
    }
  })

  it("is left alone if the platform answered", () => {
    const refusal = JindouyunError.fromReturnCode({
      endpoint: "/api/access_token",
      code: 40001,
      returnMessage: "",
      status: 200,
      disposition: "fatal"
    })
    assert.strictEqual(proxyClient.explained(route)(refusal), refusal)
  })
})
