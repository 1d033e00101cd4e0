import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { inspect } from "node:util"
import * as Credentials from "../src/Credentials.js"
import * as Endpoint from "../src/Endpoint.js"
import type * as Jindouyun from "../src/Jindouyun.js"
import * as JindouyunConfig from "../src/JindouyunConfig.js"
import * as PlatformClient from "../src/PlatformClient.js"
import { RefreshToken } from "../src/Token.js"
import * as TokenApi from "../src/TokenApi.js"
import * as TokenProvider from "../src/TokenProvider.js"
import { observedTracer } from "./edition/observedTracer.js"
import { annotationsOf } from "./edition/telemetry.js"

const secret = "k7/Qz'W=9+x&\"Lp4<Tn8 vY2>Rd6"

const json = (text: string) => JSON.stringify(text).slice(1, -1)

const unicode = (text: string, digits = 4) =>
  text.replace(/[^]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(digits, "0")}`)

const times = (count: number, encode: (text: string) => string) => (text: string) =>
  Array.from({ length: count }).reduce<string>(encode, text)

const html = (text: string, write: (code: number) => string) =>
  text.replace(/[^A-Za-z0-9]/g, (char) => `&${write(char.charCodeAt(0))};`)

/** How a platform may write the secret that it was sent. */
const encodings: { readonly [name: string]: (secret: string) => string } = {
  "as it is": (text) => text,
  "JSON": json,
  "JSON with escaped slashes": (text) => json(text).replaceAll("/", "\\/"),
  "JSON with escaped HTML": (text) => json(text).replace(/[<>&='+]/g, (char) => unicode(char)),
  "JSON with escaped HTML in capitals": (text) =>
    json(text).replace(/[<>&='+]/g, (char) => `\\u${unicode(char).slice(2).toUpperCase()}`),
  "JSON of escapes only": (text) => unicode(text),
  "JSON in JSON": times(2, json),
  "JSON in JSON in JSON": times(3, json),
  "JSON in JSON with escaped HTML": (text) => json(json(text).replace(/[<>&='+/]/g, (char) => unicode(char))),
  "a URL": encodeURIComponent,
  "a URL in small letters": (text) => encodeURIComponent(text).replace(/%../g, (byte) => byte.toLowerCase()),
  "a URL of escapes only": (text) => text.replace(/[^]/g, (char) => `%${char.charCodeAt(0).toString(16)}`),
  "a URL in a URL": times(2, encodeURIComponent),
  "a URL in a URL in a URL": times(3, encodeURIComponent),
  "a form": (text) => new URLSearchParams({ "": text }).toString().slice(1),
  "a form in a URL": (text) => encodeURIComponent(new URLSearchParams({ "": text }).toString().slice(1)),
  "a URL in JSON in HTML": (text) => html(json(encodeURIComponent(text)), (code) => `#${code}`),
  "HTML by name": (text) =>
    text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("\"", "&quot;")
      .replaceAll("'", "&apos;"),
  "HTML in decimals": (text) => html(text, (code) => `#${code}`),
  "HTML in hexadecimals": (text) => html(text, (code) => `#x${code.toString(16)}`),
  "HTML in hexadecimals and capitals": (text) => html(text, (code) => `#X${code.toString(16).toUpperCase()}`),
  "HTML in HTML": (text) => html(html(text, (code) => `#x${code.toString(16)}`), (code) => `#${code}`),
  "JavaScript": (text) => text.replace(/[^A-Za-z0-9]/g, (char) => `\\x${char.charCodeAt(0).toString(16)}`),
  "base64": Encoding.encodeBase64,
  "base64 for URLs": Encoding.encodeBase64Url,
  "base64 after one other byte": (text) => Encoding.encodeBase64(`:${text}`),
  "base64 within a header of basic authentication": (text) => Encoding.encodeBase64(`user1:${text}:x`),
  "base64 in a URL": (text) => encodeURIComponent(Encoding.encodeBase64(text)),
  "base64 in lines": (text) => Encoding.encodeBase64(text).replace(/.{20}/g, "$&\r\n"),
  "base64 of JSON": (text) => Encoding.encodeBase64(json(text)),
  "hexadecimals": Encoding.encodeHex,
  "hexadecimals in capitals": (text) => Encoding.encodeHex(text).toUpperCase(),
  "capitals": (text) => text.toUpperCase(),
  "escapes of older browsers": (text) => unicode(text).replaceAll("\\", "%"),
  "code points of JavaScript": (text) => unicode(text).replace(/\\u(....)/g, "\\u{$1}"),
  "lines": (text) => text.replace(/.{5}/g, "$&\n"),
  "the first eight characters": (text) => text.slice(0, 8),
  "the last eight characters": (text) => text.slice(-8),
  "eight characters in between, in a URL": (text) => encodeURIComponent(text.slice(7, 15))
}

/** Texts of the platform, and what must not be left of them. */
const texts: { readonly [name: string]: readonly [text: string, ...gone: ReadonlyArray<string>] } = {
  "300,000 characters": ["x".repeat(300_000), "x".repeat(400)],
  "escape, which colours a terminal": ["\u001b[31mred", "\u001b"],
  "line breaks": ["one\r\nlevel=INFO two\n", "\r", "\none", "\nlevel"],
  "null and delete": ["a\u0000b\u007f", "\u0000", "\u007f"],
  "C1": ["a\u0085b\u009b31m", "\u0085", "\u009b"],
  "text that runs backwards": ["a\u202eb\u2066c\u200f", "\u202e", "\u2066", "\u200f"],
  "separators of lines": ["a\u2028b\u2029", "\u2028", "\u2029"],
  ...Object.fromEntries(
    Object.entries(encodings).map((
      [name, encode]
    ) => [`the secret as ${name}`, [`< ${encode(secret)} >`, encode(secret)]])
  ),
  "the secret, and 300,000 characters": [`${secret}${"y".repeat(300_000)}`, secret, "y".repeat(400)],
  "300,000 characters, and the secret": [`${"y".repeat(190)}${secret}`, secret.slice(0, 9)]
}

/** A reader of the token, and the layer that gets it from the platform. */
const read = Effect.flatMap(TokenProvider.TokenProvider, ({ accessToken }) => accessToken)
const reading = TokenProvider.layer.pipe(
  Layer.provide([TokenApi.layer, Credentials.layer({ username: "user1", password: Redacted.make(secret) })])
)

interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: unknown
}

/** Everything that is seen of a request that fails, if the platform answers so: the failure, logs and spans. */
const seenOf = (
  request: Effect.Effect<unknown, unknown, Jindouyun.Services>,
  { body, headers = {}, status = 200 }: Answer
): Effect.Effect<string> =>
  Effect.gen(function*() {
    const seen: Array<unknown> = []
    const logger = Logger.make((log) => {
      seen.push(log.message, Object.entries(annotationsOf(log)), Cause.pretty(log.cause))
    })
    const text = typeof body === "string"
      ? body
      : body instanceof Uint8Array
      ? new Uint8Array(body)
      : JSON.stringify(body)
    const client = HttpClient.make((request) =>
      Effect.succeed(HttpClientResponse.fromWeb(request, new Response(text, { status, headers })))
    )
    const heldToken = TokenProvider.layerStatic(Redacted.make(secret))
    const layer = Layer.mergeAll(TokenApi.layer, PlatformClient.layer).pipe(
      Layer.provideMerge(request === read ? reading : heldToken),
      Layer.provideMerge(JindouyunConfig.layer({ maxAttempts: 2 })),
      Layer.provide(Layer.succeed(HttpClient.HttpClient, client)),
      Layer.provide(Logger.replace(Logger.defaultLogger, logger))
    )
    seen.push(
      yield* Effect.flip(Effect.provide(request, layer)).pipe(
        Effect.withTracer(recordingTracer(seen)),
        Effect.orDie
      )
    )
    return seen.map(rendered).join("\n|")
  })

const recordingTracer = (seen: Array<unknown>) =>
  observedTracer((span) => {
    const { end, event } = span
    seen.push(span.attributes)
    span.event = (name, time, attributes) => {
      seen.push([name, attributes])
      event.call(span, name, time, attributes)
    }
    span.end = (time, exit) => {
      seen.push(exit)
      end.call(span, time, exit)
    }
  })

// `JSON.stringify` and `inspect` escape some control characters themselves, so the strings are also read as they are.
const rendered = (value: unknown): string =>
  [
    String(value),
    ...(typeof value === "object" && value !== null ? Object.values(value).filter(Predicate.isString) : []),
    ...(value instanceof Error ? [value.message] : []),
    JSON.stringify(value),
    inspect(value, { depth: 20, getters: true, maxStringLength: null })
  ].join("|")

const call = <A, I>(data: Schema.Schema<A, I>) =>
  Effect.flatMap(
    PlatformClient.PlatformClient,
    (client) => client.call(Endpoint.make({ path: reportPath, data }))(undefined)
  )

const acquire = Effect.flatMap(
  TokenApi.TokenApi,
  (api) => api.acquire({ username: "user1", password: Redacted.make(secret) })
)

const refresh = Effect.flatMap(
  TokenApi.TokenApi,
  (api) => api.refresh(new RefreshToken({ value: Redacted.make(secret) }))
)

const reportPath = "/api/report/daily"

class OwnFailure extends Schema.TaggedError<OwnFailure>()("OwnFailure", {
  code: Schema.Number,
  returnMessage: Schema.String,
  endpoint: Schema.String
}) {}

const withClass = Endpoint.make({ path: reportPath, data: Schema.Unknown, errors: { 41009: OwnFailure } })

/** Where a text of the platform arrives. */
const places: { readonly [name: string]: (text: string) => Effect.Effect<string> } = {
  "the message of a refused acquisition": (text) => seenOf(acquire, { body: { code: 40001, message: text } }),
  "the message of a refused refresh": (text) => seenOf(refresh, { body: { code: 40003, message: text } }),
  "the message that a reader of the token gets": (text) => seenOf(read, { body: { code: 41009, message: text } }),
  "the message with an HTTP status": (text) => seenOf(refresh, { status: 503, body: { code: 50000, message: text } }),
  "the message of a class of the caller's": (text) =>
    seenOf(Effect.flatMap(PlatformClient.PlatformClient, (client) => client.call(withClass)(undefined)), {
      body: { code: 41009, message: text }
    }),
  "data that is no pair": (text) => seenOf(acquire, { body: { code: 20000, message: text, data: { [text]: text } } }),
  "an access token that no header can carry": (text) =>
    seenOf(acquire, { body: { code: 20000, data: { accessToken: `${text}\n`, refreshToken: text } } }),
  "a key of a record": (text) =>
    seenOf(call(Schema.Record({ key: Schema.String, value: Schema.Number })), { body: data({ [text]: "" }) }),
  "a key of a record in a record": (text) =>
    seenOf(call(Schema.Record({ key: Schema.String, value: Schema.Struct({ day: Schema.Number }) })), {
      body: data({ [text]: { day: text } })
    }),
  "a key that does not fit a record": (text) =>
    seenOf(call(Schema.Record({ key: Schema.Literal("day"), value: Schema.Number })), { body: data({ [text]: text }) }),
  "a value that does not fit": (text) =>
    seenOf(call(Schema.Struct({ day: Schema.Literal("a", "b") })), { body: data({ day: text }) }),
  "a schema that throws": (text) =>
    seenOf(
      call(Schema.String.pipe(Schema.filter((value) => {
        throw new Error(value)
      }))),
      { body: data(text) }
    ),
  "a body that is no envelope": (text) => seenOf(acquire, { body: { [text]: text } }),
  "a page": (text) => seenOf(refresh, { status: 502, body: `<html>${text}</html>` }),
  "the target of a redirect": (text) =>
    seenOf(refresh, { status: 302, headers: { location: `https://sso.example/${carried(text)}` }, body: "" }),
  "the host of a redirect": (text) =>
    seenOf(refresh, { status: 302, headers: { location: `https://${carried(text)}.example` }, body: "" }),
  "the encoding of a response": (text) =>
    seenOf(refresh, { headers: { "content-encoding": carried(text) }, body: Uint8Array.of(255) }),
  "the character set of a response": (text) =>
    seenOf(acquire, { headers: { "content-type": `text/plain;charset=${carried(text)}` }, body: Uint8Array.of(255) }),
  "the code": (text) => seenOf(acquire, { body: { code: text, message: "" } })
}

/** What a header of HTTP can carry of a text. */
const carried = (text: string): string => text.slice(0, 10_000).replace(/[^\x20-\x7e\x80-\xff]/g, "?").trim()

const data = (data: unknown) => ({ code: "20000", message: "", data })

describe("a text of the platform is cut, escaped and redacted", () => {
  it.effect.each(Object.entries(places))("in %s", ([, failureOf]) =>
    Effect.gen(function*() {
      for (const [name, [text, ...gone]] of Object.entries(texts)) {
        const seen = yield* failureOf(text)
        assert.deepStrictEqual([name, ...gone.filter((each) => seen.includes(each))], [name])
      }
    }))
})

describe("the response to a request of the caller's own", () => {
  it.effect.each(Object.entries(texts))(
    "is redacted, and cut and escaped in a log: %s",
    ([, [text, ...gone]]) =>
      Effect.gen(function*() {
        const value = carried(text)
        const client = HttpClient.make((request) =>
          Effect.succeed(HttpClientResponse.fromWeb(request, new Response("{", { headers: { "x-answer": value } })))
        )
        const response = yield* Effect.flatMap(
          PlatformClient.PlatformClient,
          ({ httpClient }) => httpClient.get(reportPath)
        ).pipe(
          Effect.provide(PlatformClient.layer),
          Effect.provide(TokenProvider.layerStatic(Redacted.make(secret))),
          Effect.provide(JindouyunConfig.layer()),
          Effect.provideService(HttpClient.HttpClient, client)
        )
        const failure = yield* Effect.flip(response.json)
        const shown = [response, failure].flatMap((each) => [String(each), JSON.stringify(each), inspect(each)]).join(
          "|"
        )
        for (const each of gone) {
          assert.notInclude(shown, each)
        }
        assert.isFalse(
          gone.some((each) => each.length > 1 && each.length < 100 && response.headers["x-answer"]?.includes(each))
        )
      })
  )
})
