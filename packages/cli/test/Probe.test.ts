import { assert, describe, it } from "@effect/vitest"
import * as JindouyunError from "@jindouyun/core/JindouyunError"
import * as Either from "effect/Either"
import * as Probe from "../src/Probe.js"

const config = { refreshTokenField: "refreshToken", tokenName: "accessToken", tokenPlacement: "header" } as const

const refusal = (code: number, disposition: "fatal" | "reauthenticate" = "fatal") =>
  JindouyunError.fromReturnCode({ endpoint: "/api", code, returnMessage: "", status: 200, disposition })

const renewed = Either.right({ isNewAccessToken: true })
const served = { isOldTokenRejected: false, outcome: Either.void }

const states = (seen: Partial<Probe.Seen>) =>
  Object.fromEntries(
    Probe.findings({ codeType: "string", refresh: renewed, call: served, ...seen }, config).map((finding) => [
      finding.point,
      finding
    ])
  )

const state = (seen: Partial<Probe.Seen>, point: Probe.Finding["point"]) => states(seen)[point]?.state
const text = (seen: Partial<Probe.Seen>, point: Probe.Finding["point"]) => states(seen)[point]?.text.en ?? ""

describe("a probe", () => {
  it("has a line for each open point, in one order", () => {
    assert.deepStrictEqual(Object.keys(states({})), [
      "code type",
      "field name",
      "early refresh",
      "revocation",
      "placement"
    ])
  })

  it("finds nothing to set where everything is as it is set", () => {
    assert.deepStrictEqual(Object.values(states({})).map(({ state }) => state), ["ok", "ok", "ok", "ok", "ok"])
  })

  it("says what to set where a refresh is refused, by what the code means", () => {
    assert.match(
      text({ refresh: Either.left(refusal(40000)) }, "field name"),
      /JINDOUYUN_REFRESH_TOKEN_FIELD=refresh_token$/
    )
    assert.strictEqual(state({ refresh: Either.left(refusal(40000)) }, "field name"), "set")
    assert.match(text({ refresh: Either.left(refusal(40003)) }, "early refresh"), /JINDOUYUN_EARLY_REFRESH=0$/)
    assert.strictEqual(state({ refresh: Either.left(refusal(40003)) }, "early refresh"), "set")
    assert.strictEqual(state({ refresh: Either.left(refusal(41234)) }, "early refresh"), "open")
    assert.strictEqual(state({ refresh: Either.left(refusal(41234)) }, "field name"), "open")
  })

  it("tells revocation by whether the older token was taken", () => {
    assert.match(text({ call: { ...served, isOldTokenRejected: true } }, "revocation"), /^a refresh revokes/)
    assert.match(text({}, "revocation"), /still accepted/)
    assert.strictEqual(state({ refresh: Either.right({ isNewAccessToken: false }) }, "revocation"), "open")
    assert.strictEqual(state({ call: undefined }, "revocation"), "open")
  })

  it("says what to set where a fresh token is rejected, and what an unknown code may mean", () => {
    const rejected = { isOldTokenRejected: true, outcome: Either.left(refusal(40003)) }
    assert.strictEqual(state({ call: rejected }, "placement"), "set")
    assert.match(text({ call: rejected }, "placement"), /JINDOUYUN_TOKEN_PLACEMENT=query/)
    for (
      const failure of [
        refusal(41234, "reauthenticate"),
        new JindouyunError.UnexpectedResponse({
          endpoint: "/api",
          reason: "status",
          status: 401,
          disposition: "reauthenticate"
        })
      ]
    ) {
      assert.strictEqual(state({ call: { ...rejected, outcome: Either.left(failure) } }, "placement"), "set")
    }
    const unknown = { isOldTokenRejected: false, outcome: Either.left(refusal(41234)) }
    assert.match(text({ call: unknown }, "placement"), /JINDOUYUN_RETURN_CODES=41234=reauthenticate/)
    assert.strictEqual(state({ call: undefined }, "placement"), "open")
  })
})
