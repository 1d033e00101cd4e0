import { assert, describe, it } from "vitest"
import { convert } from "./convert.js"

type Case = readonly [title: string, modules: Modules, from: string, to: string, needed?: Modules]
type Modules = ReadonlyArray<string>

/** A source for Effect 3 and the source for Effect 4, both below the imports of the modules that they use. */
const cases: ReadonlyArray<Case> = [
  ["a renamed member", ["Effect"], "Effect.catchAll(a, f)", "Effect.catch(a, f)"],
  [
    "a renamed member within another",
    ["Effect"],
    "Effect.zipRight(Effect.either(a), b)",
    "Effect.andThen(Effect.result(a), b)"
  ],
  ["a member with the same name", ["Effect"], "Effect.map(a, f)", "Effect.map(a, f)"],
  ["a member as a value", ["Effect"], "a.pipe(Effect.catchAllCause)", "a.pipe(Effect.catchCause)"],
  ["several tags", ["Effect"], `Effect.catchTag("A", "B", f)`, `Effect.catchTag(["A", "B"], f)`],
  ["one tag", ["Effect"], `Effect.catchTag("A", f)`, `Effect.catchTag("A", f)`],
  [
    "a time limit",
    ["Effect"],
    "Effect.timeoutFail({ duration, onTimeout: () => new Late() })",
    "Effect.timeoutOrElse({ duration, orElse: () => Effect.fail(new Late()) })"
  ],
  ["several literals", ["Schema"], `Schema.Literal("a", "b")`, `Schema.Literals(["a", "b"])`],
  ["one literal", ["Schema"], `Schema.Literal("a")`, `Schema.Literal("a")`],
  [
    "a union of literals",
    ["Schema"],
    `Schema.Union(Schema.Literal("a", "b"), Schema.Number)`,
    `Schema.Union([Schema.Literals(["a", "b"]), Schema.Number])`
  ],
  [
    "a transformation",
    ["Schema"],
    "Schema.transform(Schema.Literal(1, 2), Schema.String, { strict: true, decode, encode })",
    "Schema.Literals([1, 2]).pipe(Schema.decodeTo(Schema.String, SchemaTransformation.transform({ decode, encode })))",
    ["SchemaTransformation"]
  ],
  [
    "a default of a field",
    ["Effect", "Schema"],
    "Schema.optionalWith(Schema.Literal(1, 2), { default: () => 1 })",
    "Schema.Literals([1, 2]).pipe(Schema.withDecodingDefault(Effect.sync(() => 1)))"
  ],
  ["a mode", ["Effect"], `Effect.all(a, { mode: "either" })`, `Effect.all(a, { mode: "result" })`],
  ["forks of a list", ["Effect"], "Effect.forEach(a, Effect.fork)", "Effect.forEach(a, Effect.forkChild())"],
  ["a merge", ["Effect"], "a.pipe(Effect.merge)", "a.pipe(Effect.catch(Effect.succeed))"],
  [
    "a random number that is always the same",
    ["Effect", "Random"],
    "Effect.withRandom(a, Random.fixed([0.5]))",
    "Effect.provideService(a, Random.Random, { nextDoubleUnsafe: () => 0.5, nextIntUnsafe: () => 0.5 })"
  ],
  [
    "random numbers of a seed",
    ["Effect", "Random"],
    `Effect.map(a, f).pipe(Effect.withRandom(Random.make("seed")))`,
    `Effect.map(a, f).pipe(Random.withSeed("seed"))`
  ],
  [
    "a limit of a schedule",
    ["Schedule"],
    `Schedule.upTo(a, "1 second")`,
    `Schedule.upTo(a, { duration: "1 second" })`
  ],
  [
    "a field that is an Option",
    ["Schema"],
    `Schema.optionalWith(Schema.Int, { as: "Option", nullable: true })`,
    "Schema.OptionFromOptionalNullOr(Schema.Int)"
  ],
  ["the context of a runtime", [], "runtime.runtime()", "runtime.context()"],
  [
    "a lazy config",
    ["Config"],
    `/*#__PURE__*/ Config.suspend(() => Config.all({ a: Config.string("a") }))`,
    `/*#__PURE__*/ (() => Config.all({ a: Config.String("a") }))()`
  ],
  ["a fallback", ["ConfigProvider"], "ConfigProvider.orElse(a, () => b)", "ConfigProvider.orElse(a, b)"],
  ["a fork", ["Effect"], "a.pipe(Effect.fork, f)", "a.pipe(Effect.forkChild, f)"],
  ["bounds", ["Schema"], "Schema.between(0, 9)", "Schema.check(Schema.isBetween({ minimum: 0, maximum: 9 }))"],
  ["a method of a clock", [], "clock.unsafeCurrentTimeMillis()", "clock.currentTimeMillisUnsafe()"],
  ["a text that looks like code", ["Effect"], `Effect.fail("Effect.catchAll")`, `Effect.fail("Effect.catchAll")`]
]

const source = (modules: ReadonlyArray<string>, code: string) =>
  [...modules.map((name) => `import * as ${name} from "effect/${name}"`), `export const value = ${code}`, ""].join("\n")

describe("the conversion to Effect 4", () => {
  it.for(cases)("writes %s", ([_title, modules, from, to, needed = []]) => {
    const text = source([...needed, ...modules], to)
    assert.deepStrictEqual(convert(source(modules, from), "a.ts"), { text, problems: [] })
  })

  it("renames a module, its namespace and the parts of its values", () => {
    const { text } = convert(
      `import * as Either from "effect/Either"\nexport const a = Either.isLeft(b) ? b.left : Either.right(b.right)\n`,
      "a.ts"
    )
    assert.strictEqual(
      text,
      `import * as Result from "effect/Result"\nexport const a = Result.isFailure(b) ? b.failure : Result.succeed(b.success)\n`
    )
  })

  it("imports from the packages for Effect 4", () => {
    const { text } = convert(
      `import * as a from "@jindouyun/core/A"\nimport * as b from "../../core/src/b.js"\nexport const c = a.d(b)\n`,
      "a.ts"
    )
    assert.strictEqual(
      text,
      `import * as a from "@jindouyun/effect4/A"\nimport * as b from "../../effect4/src/b.js"\nexport const c = a.d(b)\n`
    )
  })

  it("renames the modules of a barrel, which may be in several barrels, and leaves those out that nothing uses any more", () => {
    const { problems, text } = convert(
      [
        `import { FetchHttpClient } from "@effect/platform"`,
        `import { Chunk, Effect, TestClock } from "effect"`,
        `export const a = [Effect.either(b), Chunk.fromIterable(c), TestClock.adjust(d), FetchHttpClient.layer]`,
        ""
      ].join("\n"),
      "a.ts"
    )
    assert.deepStrictEqual(problems, [])
    assert.strictEqual(
      text,
      [
        `import { FetchHttpClient } from "effect/http"`,
        `import { Effect } from "effect"`,
        `import { TestClock } from "effect/testing"`,
        `export const a = [Effect.result(b), c, TestClock.adjust(d), FetchHttpClient.layer]`,
        ""
      ].join("\n")
    )
  })

  it("makes a service and a reference", () => {
    const { text } = convert(
      [
        `import * as Context from "effect/Context"`,
        `export class A extends Context.Tag("@jindouyun/core/A")<A, Service>() {}`,
        `export class B extends Context.Reference<B>()("@jindouyun/core/B", { defaultValue: () => 1 }) {}`,
        ""
      ].join("\n"),
      "a.ts"
    )
    assert.strictEqual(
      text,
      [
        `import * as Context from "effect/Context"`,
        `export class A extends Context.Service<A, Service>()("@jindouyun/effect4/A") {}`,
        `export const B = Context.Reference("@jindouyun/effect4/B", { defaultValue: () => 1 })`,
        ""
      ].join("\n")
    )
  })

  it("converts the examples in comments, and removes imports that nothing uses any more", () => {
    const { text } = convert(
      [
        `import * as Deferred from "effect/Deferred"`,
        `import * as FiberId from "effect/FiberId"`,
        "/**",
        " * @example",
        " * ```ts",
        ` * import * as Effect from "effect/Effect"`,
        " * export const a = Effect.catchAll(b, f)",
        " * ```",
        " */",
        "export const made = Deferred.unsafeMake(FiberId.none)",
        ""
      ].join("\n"),
      "a.ts"
    )
    assert.include(text, " * export const a = Effect.catch(b, f)")
    assert.include(text, "Deferred.makeUnsafe()")
    assert.notInclude(text, "FiberId")
  })

  it.each([
    [
      "a member",
      `import * as Effect from "effect/Effect"\n\nexport const a = Effect.invented(b)\n`,
      3,
      /Effect\.invented.*effect\/Effect/
    ],
    [
      "a type",
      `import type * as Effect from "effect/Effect"\nexport type A = Effect.Invented\n`,
      2,
      /Effect\.Invented/
    ],
    ["a module", `import * as Invented from "effect/Invented"\n`, 1, /effect\/Invented/],
    ["a module of a barrel", `import { Invented } from "effect"\n`, 1, /Invented of effect/],
    ["a function", `import { invented } from "effect/Function"\n`, 1, /invented of effect\/Function/],
    ["a method", `export const a = queue.shared.unsafeInvented()\n`, 1, /unsafeInvented/],
    [
      "an example",
      "/**\n * ```ts\n * import * as Effect from \"effect/Effect\"\n * Effect.invented()\n * ```\n */\n",
      4,
      /Effect\.invented/
    ],
    [
      "another form",
      `import * as Fiber from "effect/Fiber"\nexport const a = Fiber.interruptFork\n`,
      2,
      /Fiber\.interruptFork/
    ]
  ])("names the file, the line and %s that it does not know", (_title, text, line, named) => {
    const { problems: [problem, ...others] } = convert(text, "packages/core/src/a.ts")
    assert.deepStrictEqual(others, [])
    assert.strictEqual(problem?.file, "packages/core/src/a.ts")
    assert.strictEqual(problem?.line, line)
    assert.match(problem?.text ?? "", named)
  })

  it("reports options that its rules do not know", () => {
    const calls = [
      `Schema.Record({ value: a, key: b })`,
      `Schema.optionalWith(a, { default: b, nullable: true })`,
      `Schema.transform(a, b, { encode: c, decode: d })`
    ]
    for (const call of calls) {
      const { problems } = convert(`import * as Schema from "effect/Schema"\nexport const x = ${call}\n`, "a.ts")
      assert.deepStrictEqual(problems.map(({ line }) => line), [2], call)
    }
  })
})
