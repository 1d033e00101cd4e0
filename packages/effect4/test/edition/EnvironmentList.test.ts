import { assert, it } from "@effect/vitest"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as JindouyunConfig from "../../src/JindouyunConfig.js"
import { withEnvironment } from "../utils.js"

it.scoped("a variable keeps its commas, and a list of a program's own is split at them", () =>
  Effect.gen(function*() {
    yield* withEnvironment({ JINDOUYUN_PASSWORD: "a,b", JINDOUYUN_LIST: " a,b\n" })
    assert.strictEqual(yield* JindouyunConfig.fromEnv(Config.String("password")), "a,b")
    assert.deepStrictEqual(yield* JindouyunConfig.fromEnv(Config.Array(Schema.String, "list")), ["a", "b"])
  }))
