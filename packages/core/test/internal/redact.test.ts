import { assert, describe, it } from "@effect/vitest"
import * as Encoding from "effect/Encoding"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import { redact, sanitize } from "../../src/internal/redact.js"

const secret = `pä"ss\\w/o rd+&=?<1>`
const secrets = [Redacted.make(secret)]

const forms = {
  "text": secret,
  "a JSON string": JSON.stringify(secret),
  "a JSON string in ASCII": JSON.stringify(secret).replace("ä", "\\u00e4"),
  "a part of a URL": encodeURIComponent(secret),
  "a part of a form": new URLSearchParams({ p: secret }).toString().slice(2),
  "base64": Encoding.encodeBase64(secret),
  "base64 for URLs": Encoding.encodeBase64Url(secret)
}

const hex = (char: string, digits: number): string => (char.codePointAt(0) ?? 0).toString(16).padStart(digits, "0")

describe("sanitize", () => {
  it("leaves text without secrets as it is", () => {
    for (const text of ["", "用户名或密码错误", "wrong password (40001)", "日本 – naïve ✓ 👍"]) {
      assert.strictEqual(sanitize(text, secrets), text)
    }
  })

  it.each(Object.entries(forms))("takes out a secret as %s, each time it is there", (_name, form) => {
    const clean = sanitize(`bad ${form} and ${form}!`, secrets)
    assert.notInclude(clean, form.replaceAll("\"", ""))
    assert.match(clean, /^bad "?<redacted>"? and "?<redacted>"?!$/)
  })

  it("takes out every secret it is given", () => {
    const clean = sanitize(
      "user alpha, token beta, token gamma",
      ["alpha", "beta", "gamma"].map((each) => Redacted.make(each))
    )
    assert.strictEqual(clean, "user <redacted>, token <redacted>, token <redacted>")
  })

  it("leaves no rest of a secret that begins with another, in any order", () => {
    const two = ["abc", "abc-and-more"].map((each) => Redacted.make(each))
    for (const order of [two, [...two].reverse()]) {
      assert.notInclude(sanitize("token abc-and-more", order), "and-more")
    }
  })

  it("takes out every piece of eight characters, wherever a text was cut, and no shorter one", () => {
    const token = "0123456789abcdefghij"
    for (let from = 0; from + 7 <= token.length; from++) {
      for (const length of [7, 8, 12]) {
        const piece = token.slice(from, from + length)
        const expected = piece.length < 8 ? piece : "<redacted>"
        assert.strictEqual(sanitize(`at ${piece}… of 1234`, [Redacted.make(token)]), `at ${expected}… of 1234`)
      }
    }
  })

  it("takes out a secret of fewer than eight characters as a whole only", () => {
    assert.strictEqual(sanitize("pass, pass1, pas%731", [Redacted.make("pass1")]), "pass, <redacted>, <redacted>")
  })

  it.each<[string, (secret: string) => string]>([
    ["hexadecimals in capitals", (secret) => Buffer.from(secret).toString("hex").toUpperCase()],
    ["capitals", (secret) => secret.replace(/[a-z]/g, (letter) => letter.toUpperCase())],
    ["escapes of older browsers", (secret) => secret.replace(/[^]/g, (unit) => `%u${hex(unit, 4)}`)],
    ["code points of JavaScript", (secret) => Array.from(secret, (char) => `\\u{${hex(char, 1)}}`).join("")],
    ["UTF-8 that was read as Latin-1", (secret) => Buffer.from(secret).toString("latin1")],
    [
      "bytes of Python",
      (secret) => Buffer.from(secret).toString("latin1").replace(/[^ -~]/g, (byte) => `\\x${hex(byte, 2)}`)
    ],
    ["base64 of JSON", (secret) => Buffer.from(JSON.stringify({ p: secret })).toString("base64").slice(7)],
    ["base64 of an encoded URL", (secret) => Buffer.from(encodeURIComponent(secret)).toString("base64")],
    ["base64 in lines", (secret) => Buffer.from(secret).toString("base64").replace(/.{5}/g, "$&\r\n")],
    ["lines", (secret) => secret.replace(/.{3}/gu, "$&\n")],
    ["invisible characters", (secret) => Array.from(secret).join("\u200b")],
    ["UTF-16 that was read as UTF-8", (secret) => Array.from(secret).join("\u0000")]
  ])("redacts a secret in %s", (_what, write) => {
    for (const secret of ["Tr0ub4dor&3-\"horse\"", "密码🔑secret令牌", "~ab+c=/==12~"]) {
      const rest = redact(`<${write(secret)}>\n`, [Redacted.make(secret)])
      assert.match(rest, /^<[^]{0,3}<redacted>[^]{0,12}>\n$/, rest)
    }
  })

  it("redacts a secret that has invisible characters of its own, also encoded or in lines", () => {
    for (
      const [secret, echo] of [
        ["pass\tw&rd12", "pass\tw&amp;rd12"],
        ["pa\u00adss&word1", "pa\u00adss&amp;word1"],
        ["pa\u00adssword1", "pa\u00adss\nword1"],
        ["line1\nline2-x", "line1%0Aline2-x"]
      ] as const
    ) {
      assert.strictEqual(redact(`<${echo}>`, [Redacted.make(secret)]), "<<redacted>>")
    }
  })

  it("leaves the end of the line after a secret", () => {
    assert.strictEqual(redact("a\nSECRET-1\nb", [Redacted.make("SECRET-1")]), "a\n<redacted>\nb")
  })

  it("leaves what surrounds an encoded secret as it was written", () => {
    assert.strictEqual(
      sanitize("100%25 \\u0041 &lt;<%7Eab%2Bc%3D%3D12%7E>&gt; 你好", [Redacted.make("~ab+c==12~")]),
      "100%25 \\u0041 &lt;<<redacted>>&gt; 你好"
    )
  })

  it.each(["%", "\\", "&amp;", "%25", "&#38;", "\\\\u005c", "x"])("reads a megabyte of %s in a moment", (unit) => {
    const before = performance.now()
    sanitize(unit.repeat(1_000_000 / unit.length), secrets)
    assert.isBelow(performance.now() - before, 2000)
  })

  it("an empty secret takes nothing out", () => {
    assert.strictEqual(sanitize("unchanged", [Redacted.make("")]), "unchanged")
  })

  it("a secret with the signs of patterns and replacements is taken literally", () => {
    for (const odd of ["$&", "$1", "a.*b", "[", "(", "\\", "^$"]) {
      assert.strictEqual(sanitize(`<${odd}>`, [Redacted.make(odd)]), "<<redacted>>")
    }
  })

  it("cuts after sanitizing, so that no beginning of a secret is left at the cut", () => {
    const long = "S3CRET".repeat(10)
    for (let before = 130; before <= 200; before++) {
      const clean = sanitize("x".repeat(before) + long, [Redacted.make(long)])
      assert.notInclude(clean, "S3C")
      assert.isAtMost(clean.length, 200)
    }
  })

  it("cuts to 200 characters and shows that it did", () => {
    assert.strictEqual(sanitize("x".repeat(200), []), "x".repeat(200))
    assert.strictEqual(sanitize("x".repeat(201), []), `${"x".repeat(199)}…`)
    assert.isAtMost(sanitize("\u0000".repeat(200), []).length, 200)
  })

  it("cuts no character in half", () => {
    for (const before of [197, 198, 199]) {
      assert.notMatch(sanitize(`${"x".repeat(before)}👍👍`, []), /\p{Surrogate}/u)
    }
  })

  it.each([
    ["line feed", "\n", "\\u000a"],
    ["carriage return", "\r", "\\u000d"],
    ["escape", "\u001b", "\\u001b"],
    ["null", "\u0000", "\\u0000"],
    ["delete", "\u007f", "\\u007f"],
    ["next line", "\u0085", "\\u0085"],
    ["line separator", "\u2028", "\\u2028"],
    ["paragraph separator", "\u2029", "\\u2029"],
    ["right-to-left override", "\u202e", "\\u202e"],
    ["right-to-left isolate", "\u2067", "\\u2067"],
    ["right-to-left mark", "\u200f", "\\u200f"],
    ["left-to-right mark", "\u200e", "\\u200e"],
    ["Arabic letter mark", "\u061c", "\\u061c"]
  ])("escapes the %s", (_name, char, escaped) => {
    assert.strictEqual(sanitize(`a${char}b`, []), `a${escaped}b`)
  })

  it("a secret with control characters is taken out and not escaped", () => {
    assert.strictEqual(sanitize("a pass\nword b", [Redacted.make("pass\nword")]), "a <redacted> b")
  })

  it.prop("no text with a secret in it, and no secret, gets through or makes it throw", [
    FastCheck.string({ unit: "binary", minLength: 12, maxLength: 60 }),
    FastCheck.string({ unit: "binary" }),
    FastCheck.string({ unit: "binary" })
  ], ([secret, before, after]) => {
    const clean = sanitize(before + secret + after, [Redacted.make(secret)])
    assert.notInclude(clean, secret)
    assert.isAtMost(clean.length, 200)
    assert.notMatch(clean, /\p{Cc}/u)
  })
})
