import { assert, it } from "@effect/vitest"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as JindouyunConfig from "../../src/JindouyunConfig.js"
import { withEnvironment } from "../utils.js"

it.scoped("a variable keeps its commas, and a list of a program's own is split at them", () =>
  Effect.gen(function*() {
    yield* withEnvironment({ JINDOUYUN_PASSWORD: "a,b", JINDOUYUN_LIST: " a, b\n" })
    assert.strictEqual(yield* JindouyunConfig.fromEnv(Config.string("password")), "a,b")
    assert.deepStrictEqual(yield* JindouyunConfig.fromEnv(Config.array(Config.string(), "list")), ["a", "b"])
  }))
