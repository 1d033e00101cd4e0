import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { TokenRequestError } from "../src/JindouyunError.js"
import * as Token from "../src/Token.js"
import * as TokenRecord from "../src/TokenRecord.js"
import { assertSame, everyTokenError, makePair, renderings, second, start } from "./utils.js"

const account = "a".repeat(64)
const keyOf = (byte: number) => Redacted.make(Buffer.alloc(32, byte).toString("base64"))

const failures = Object.values(everyTokenError).filter((error): error is TokenRequestError => "attempts" in error)

const record: TokenRecord.TokenRecord = {
  generation: 7,
  pair: Option.some(makePair({ generation: 7 })),
  refusedCredentials: Option.none(),
  earlierRefusals: []
}

const codecs = {
  plain: Effect.succeed(TokenRecord.plain),
  encrypted: TokenRecord.make({ encryptionKey: keyOf(1) })
}

/** What comes of an effect, and the warnings it gave. */
const warnings = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const lines: Array<string> = []
    const logger = Logger.make(({ logLevel, message }) => {
      lines.push(`${logLevel.label} ${String(message)}`)
    })
    return effect.pipe(
      Effect.map((value) => ({ value, lines })),
      Effect.provide(Logger.replace(Logger.defaultLogger, logger))
    )
  })

/** The text counts as none, and one warning says why. */
const isIgnored = (codec: TokenRecord.Codec, text: string, why: string, key = account) =>
  Effect.gen(function*() {
    const { lines, value } = yield* warnings(codec.decode(key, text))
    assertSame(value, Option.none())
    assert.strictEqual(lines.length, 1)
    assert.match(lines[0] ?? "", /^WARN /)
    assert.include(lines[0], why)
    assert.notInclude(lines[0], "access")
  })

/** The pair, received in the place of a rejected one. */
const replaced = (pair: Token.TokenPair) =>
  new Token.TokenPair({
    ...pair,
    accessToken: new Token.AccessToken({ ...pair.accessToken, replacedRejectedAt: pair.sentAt })
  })

describe.each(Object.entries(codecs))("a %s record", (_name, make) => {
  it.effect("is read as it was written", () =>
    Effect.gen(function*() {
      const codec = yield* make
      const records: ReadonlyArray<TokenRecord.TokenRecord> = [
        record,
        { ...record, pair: Option.map(record.pair, replaced) },
        { ...record, pair: Option.none() },
        { generation: 0, pair: Option.none(), refusedCredentials: Option.none(), earlierRefusals: [] },
        { ...record, generation: 8_640_000_000_000_000, pair: Option.none() },
        ...failures.map((failure) => ({
          ...record,
          refusedCredentials: Option.some({ credentials: "salt:hash", failure, refusedAt: 0 })
        }))
      ]
      for (const each of records) {
        const { lines, value } = yield* warnings(codec.decode(account, yield* codec.encode(account, each)))
        assert.deepStrictEqual(lines, [])
        assert.isTrue(Equal.equals(Option.map(value, ({ generation }) => generation), Option.some(each.generation)))
        assertSame(Option.map(value, ({ pair }) => shown(pair)), Option.some(shown(each.pair)))
        assertSame(
          Option.map(value, ({ refusedCredentials }) => refusedCredentials),
          Option.some(each.refusedCredentials)
        )
      }
    }))

  it.effect("keeps what a failure says, class and all", () =>
    Effect.gen(function*() {
      const codec = yield* make
      for (const failure of failures) {
        const credentialsRefused = {
          ...record,
          refusedCredentials: Option.some({ credentials: "salt:hash", failure, refusedAt: 0 })
        }
        const read = Option.getOrThrow(yield* codec.decode(account, yield* codec.encode(account, credentialsRefused)))
        const again = Option.getOrThrow(read.refusedCredentials).failure
        assert.strictEqual(again.constructor, failure.constructor)
        assert.strictEqual(again.message, failure.message)
      }
    }))

  it.effect("that is damaged, foreign or empty is ignored with a warning", () =>
    Effect.gen(function*() {
      const codec = yield* make
      const text = yield* codec.encode(account, record)
      for (const damaged of ["", "{}", "null", "[]", "\u0000", text.slice(0, -5), `${text}x`, "{\"version\":1}"]) {
        yield* isIgnored(codec, damaged, "it ")
      }
    }))

  it.effect("of a newer format is ignored with a warning", () =>
    Effect.gen(function*() {
      const codec = yield* make
      yield* isIgnored(codec, "{\"version\":2,\"generation\":\"seven\"}", "the newer format 2")
    }))

  it.effect("shows no secret, read or unread", () =>
    Effect.gen(function*() {
      const codec = yield* make
      const read = yield* codec.decode(account, yield* codec.encode(account, record))
      assert.notMatch(renderings([codec, read]), /"(access|refresh)"|: '(access|refresh)'/)
    }))
})

describe("a plain record", () => {
  it.effect("is JSON", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(JSON.parse(yield* TokenRecord.plain.encode(account, record)), {
        version: 1,
        generation: 7,
        pair: {
          accessToken: "access",
          refreshToken: "refresh",
          sentAt: start,
          accessExpiresAt: start + 86_400 * second,
          refreshExpiresAt: start + 30 * 86_400 * second
        }
      })
    }))

  it.effect("is ignored by a codec with a key, and an encrypted one fails a codec without", () =>
    Effect.gen(function*() {
      const encrypted = yield* codecs.encrypted
      yield* isIgnored(encrypted, yield* TokenRecord.plain.encode(account, record), "it is not encrypted")
      const failure = yield* Effect.flip(TokenRecord.plain.decode(account, yield* encrypted.encode(account, record)))
      assert.include(failure.message, "JINDOUYUN_ENCRYPTION_KEY")
    }))
})

describe("an encrypted record", () => {
  it.effect("shows nothing of its content and is new each time", () =>
    Effect.gen(function*() {
      const codec = yield* codecs.encrypted
      const [one, other] = yield* Effect.all([codec.encode(account, record), codec.encode(account, record)])
      assert.notStrictEqual(one, other)
      assert.deepStrictEqual(Object.keys(JSON.parse(one)), ["version", "iv", "encrypted"])
      const bytes = Buffer.from(JSON.parse(one).encrypted, "base64").toString("latin1")
      assert.notInclude(bytes, "access")
      assert.notInclude(bytes, "refresh")
    }))

  it.effect("is read with the previous key and written with the present one", () =>
    Effect.gen(function*() {
      const before = yield* TokenRecord.make({ encryptionKey: keyOf(1) })
      const after = yield* TokenRecord.make({ encryptionKey: keyOf(2), previousEncryptionKey: keyOf(1) })
      const old = yield* before.encode(account, record)
      assert.isTrue(Option.isSome(yield* after.decode(account, old)))
      yield* isIgnored(before, yield* after.encode(account, record), "another key")
      const later = yield* TokenRecord.make({ encryptionKey: keyOf(3), previousEncryptionKey: keyOf(2) })
      yield* isIgnored(later, old, "another key")
    }))

  it.effect("is ignored for another account and after a change", () =>
    Effect.gen(function*() {
      const codec = yield* codecs.encrypted
      const text = yield* codec.encode(account, record)
      yield* isIgnored(codec, text, "another account", "b".repeat(64))
      const parts = JSON.parse(text)
      const bytes = Buffer.from(parts.encrypted, "base64")
      bytes.writeUInt8(bytes.readUInt8(3) ^ 1, 3)
      yield* isIgnored(codec, JSON.stringify({ ...parts, encrypted: bytes.toString("base64") }), "has been changed")
    }))
})

describe("the valid pair of a record", () => {
  const pair = makePair({ generation: 7 })
  const at = (now: number, margin = 1000) => TokenRecord.validPair(record, now, margin)

  it("is the pair until the margin before its access token expires", () => {
    assertSame(at(pair.sentAt), Option.some(pair))
    assertSame(at(pair.accessExpiresAt - 1001), Option.some(pair))
    assertSame(at(pair.accessExpiresAt - 1000), Option.none())
    assertSame(at(pair.accessExpiresAt - 1000, 999), Option.some(pair))
  })

  it("is converted to this clock if another machine has dated it in the future", () => {
    const now = pair.sentAt - 60_000
    const converted = Option.getOrThrow(at(now))
    assert.strictEqual(converted.sentAt, now)
    assert.strictEqual(converted.accessExpiresAt, pair.accessExpiresAt - 60_000)
    assertSame(at(pair.sentAt - (pair.accessExpiresAt - pair.sentAt)), Option.none())
  })

  it("is none without a pair, and in generation 0, in which no pair is received", () => {
    assertSame(TokenRecord.validPair({ ...record, pair: Option.none() }, pair.sentAt, 0), Option.none())
    assertSame(TokenRecord.validPair({ ...record, generation: 0 }, pair.sentAt, 0), Option.none())
  })
})

describe("make", () => {
  it.effect("needs no key, but a previous key needs a present one", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* TokenRecord.make(), TokenRecord.plain)
      const error = yield* Effect.flip(TokenRecord.make({ previousEncryptionKey: keyOf(1) }))
      assert.strictEqual(error.setting, "previousEncryptionKey")
      assert.strictEqual(error.variable, "JINDOUYUN_PREVIOUS_ENCRYPTION_KEY")
    }))
})

const shown = (pair: TokenRecord.TokenRecord["pair"]) =>
  Option.getOrNull(Option.map(pair, (pair) => ({
    access: Redacted.value(pair.accessToken.value),
    generation: pair.accessToken.generation,
    expiresAt: pair.accessToken.expiresAt,
    replacedRejectedAt: pair.accessToken.replacedRejectedAt,
    refresh: Redacted.value(pair.refreshToken.value),
    sentAt: DateTime.formatIso(DateTime.unsafeMake(pair.sentAt)),
    accessExpiresAt: pair.accessExpiresAt,
    refreshExpiresAt: pair.refreshExpiresAt
  })))
