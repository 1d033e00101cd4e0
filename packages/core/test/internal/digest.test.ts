import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import { createHash, createHmac } from "node:crypto"
import { accountKey, fingerprint, matches } from "../../src/internal/digest.js"

const account = (username: string, password: string) => ({ username, password: Redacted.make(password) })

// Lone surrogates and colons among them.
const texts = FastCheck.oneof(
  FastCheck.string({ unit: "binary" }),
  FastCheck.constantFrom("", ":", "\ud800", "\udc00", "\ufffd", "密码", "\"", "\\", "\u0000")
)
// A salt has no colon in it.
const salts = FastCheck.stringMatching(/^[0-9a-z]{0,12}$/)

describe("digest", () => {
  describe("accountKey", () => {
    it("is the SHA-256 of base URL and account, in hexadecimal digits, the same today and tomorrow", () => {
      assert.strictEqual(
        accountKey("https://open.example.com", "user1"),
        "4aa50872e43bf3bef5c7c4cbd6eff55b4d3342e7e9cb10dc08b3e3dde9092612"
      )
    })

    it.prop("is what another implementation makes of it", [texts, texts], ([baseUrl, username]) => {
      assert.strictEqual(
        accountKey(baseUrl, username),
        createHash("sha256").update(JSON.stringify([baseUrl, username]), "utf8").digest("hex")
      )
    })

    it("tells nothing: neither origin nor account can be read in it", () => {
      assert.match(accountKey("https://CANARY.example.com", "CANARY"), /^[0-9a-f]{64}$/)
    })

    it("tells accounts, origins, paths and letters apart, and knows where the one ends and the other begins", () => {
      const keys = [
        ["https://a.example.com", "user1"],
        ["https://a.example.com", "user2"],
        ["https://a.example.com", "USER1"],
        ["https://a.example.com", "user1 "],
        ["https://a.example.com", "用户"],
        ["https://b.example.com", "user1"],
        ["http://a.example.com", "user1"],
        ["https://a.example.com/prefix", "user1"],
        ["https://a.example.comuser1", ""],
        ["", "https://a.example.comuser1"],
        [`https://a.example.com","`, "user1"],
        ["https://a.example.com", `","user1`],
        ["https://a.example.com", "\ud800"],
        ["https://a.example.com", "\ufffd"]
      ].map(([baseUrl, username]) => accountKey(baseUrl as string, username as string))
      assert.strictEqual(new Set(keys).size, keys.length)
    })
  })

  describe("fingerprint", () => {
    it("is the salt and an HMAC-SHA-256 under it, the same today and tomorrow", () => {
      assert.strictEqual(
        fingerprint(account("user1", "pass1"), "salt"),
        "salt:0a76fbb2d989942c3e3847a5a7eb5972a6daaebb1a9fa037c3e394f69b5fa912"
      )
    })

    it.prop("is what another implementation makes of it", [texts, texts, salts], ([username, password, salt]) => {
      const digest = createHmac("sha256", salt).update(JSON.stringify([username, password]), "utf8").digest("hex")
      assert.strictEqual(fingerprint(account(username, password), salt), `${salt}:${digest}`)
    })

    it("shows neither password nor username, and what redacts a password does not redact it away", () => {
      const shown = fingerprint(account("CANARY-user", "CANARY-password"), "salt")
      assert.match(shown, /^salt:[0-9a-f]{64}$/)
      assert.notStrictEqual(shown, fingerprint(account("CANARY-user", "CANARY-passwore"), "salt"))
    })

    it("of equal passwords of two accounts, and of one account under two salts, do not look alike", () => {
      const digestOf = (username: string, salt: string) => fingerprint(account(username, "pass1"), salt).split(":")[1]
      assert.notStrictEqual(digestOf("user1", "salt"), digestOf("user2", "salt"))
      assert.notStrictEqual(digestOf("user1", "salt"), digestOf("user1", "pepper"))
    })
  })

  describe("matches", () => {
    it.prop("knows the credentials again, whatever the salt", [texts, texts, salts], ([username, password, salt]) => {
      assert.isTrue(matches(account(username, password), fingerprint(account(username, password), salt)))
    })

    it.prop("knows no others", [texts, texts, texts, texts, salts], ([username, password, user, pass, salt]) => {
      assert.strictEqual(
        matches(account(user, pass), fingerprint(account(username, password), salt)),
        user === username && pass === password
      )
    })

    it.each([
      ["another password", "user1", "pass2"],
      ["another username", "user2", "pass1"],
      ["the password with a blank at its end", "user1", "pass1 "],
      ["the password in capitals", "user1", "PASS1"],
      ["an empty password", "user1", ""],
      ["username and password changed over", "pass1", "user1"],
      ["a letter moved from the one to the other", "user1p", "ass1"],
      ["quotes that look like the end of the username", `user1","pass1`, ""]
    ])("%s differs", (_what, username, password) => {
      assert.isFalse(matches(account(username, password), fingerprint(account("user1", "pass1"), "salt")))
    })

    it.each([
      ["nothing", ""],
      ["a colon", ":"],
      ["a salt alone", "salt:"],
      ["a salt without a colon", "salt"],
      ["a digest without a salt", fingerprint(account("user1", "pass1"), "salt").slice("salt:".length)],
      ["a digest under another salt", fingerprint(account("user1", "pass1"), "salt").replace("salt", "pepper")],
      ["a digest cut short", fingerprint(account("user1", "pass1"), "salt").slice(0, -1)],
      ["a digest with more after it", `${fingerprint(account("user1", "pass1"), "salt")}0`],
      ["a digest in capitals", `salt:${fingerprint(account("user1", "pass1"), "salt").slice(5).toUpperCase()}`],
      ["what another version remembered", "v0:salt:0123456789abcdef"]
    ])("%s, remembered, is of nobody", (_what, remembered) => {
      assert.isFalse(matches(account("user1", "pass1"), remembered))
    })

    it.prop("no text that is remembered makes it throw", [texts], ([remembered]) => {
      assert.isFalse(matches(account("user1", "pass1"), remembered))
    })
  })
})
