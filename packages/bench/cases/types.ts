/**
 * What the compiler does for a consumer with many endpoints, beside the same with bare schemas. It sees the declarations
 * that are published, and one checker makes the counts the same each time.
 */
import { execFile, execFileSync } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { promisify } from "node:util"
import { count, figures, interleave, main, ratio, type Turn } from "../measure.js"

const run = promisify(execFile)

const folder = "packages/bench/build/types"
const compiler = "node_modules/typescript/bin/tsc"

const schemas = (serial: number) =>
  `{
  parameters: Schema.Struct({ day: Schema.String, page${serial}: Schema.Number }),
  data: Schema.Struct({
    total: Schema.Number,
    rows: Schema.Array(Schema.Struct({ name${serial}: Schema.String, visits: Schema.Number }))
  })`

const ours = (size: number): string =>
  `import * as Endpoint from "@jindouyun/core/Endpoint"
import * as PlatformClient from "@jindouyun/core/PlatformClient"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

export class Refused extends Data.TaggedError("Refused")<Endpoint.Refusal> {}
${
    each(size, (serial) => `
const endpoint${serial} = Endpoint.make(${schemas(serial)},
  path: "/api/report/${serial}",
  errors: { 41001: Refused }
})
export const call${serial} = Effect.gen(function*() {
  const platform = yield* PlatformClient.PlatformClient
  const { rows } = yield* platform.call(endpoint${serial})({ day: "2024-01-01", page${serial}: 1 })
  return rows.map((row) => row.name${serial})
}).pipe(Effect.catchTag("Refused", () => Effect.succeed([])))
`)
  }`

const bare = (size: number): string =>
  `import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

export class Refused extends Data.TaggedError("Refused")<{ readonly code: number }> {}

const post = <A, I, B, J>(options: {
  readonly path: string
  readonly parameters: Schema.Schema<A, I>
  readonly data: Schema.Schema<B, J>
}) => {
  const encode = HttpClientRequest.schemaBodyJson(options.parameters)
  const decode = HttpClientResponse.schemaBodyJson(
    Schema.Struct({ code: Schema.Number, message: Schema.String, data: options.data })
  )
  return (parameters: A) => Effect.gen(function*() {
    const client = yield* HttpClient.HttpClient
    const request = yield* encode(HttpClientRequest.post(options.path), parameters)
    const { code, data } = yield* Effect.flatMap(client.execute(request), decode)
    return code === 20000 ? data : yield* new Refused({ code })
  })
}
${
    each(size, (serial) => `
const endpoint${serial} = post(${schemas(serial)},
  path: "/api/report/${serial}"
})
export const call${serial} = Effect.gen(function*() {
  const { rows } = yield* endpoint${serial}({ day: "2024-01-01", page${serial}: 1 })
  return rows.map((row) => row.name${serial})
}).pipe(Effect.catchTag("Refused", () => Effect.succeed([])))
`)
  }`

const each = (size: number, f: (serial: number) => string): string =>
  Array.from({ length: size }, (_, i) => f(i)).join("")

const project = (name: string, source: string): string => {
  const path = `${folder}/${name}`
  mkdirSync(path, { recursive: true })
  writeFileSync(`${path}/main.ts`, source)
  writeFileSync(
    `${path}/tsconfig.json`,
    JSON.stringify({
      compilerOptions: {
        target: "ES2022",
        module: "NodeNext",
        moduleResolution: "NodeNext",
        lib: ["ES2022", "DOM", "DOM.Iterable"],
        types: [],
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: true,
        noEmit: true,
        paths: { "@jindouyun/core/*": ["../../../../core/dist/*.d.ts"] }
      },
      files: ["main.ts"]
    })
  )
  return path
}

const compile = (path: string): Turn => async () => {
  const { stdout } = await run(process.execPath, [compiler, "-p", path, "--extendedDiagnostics", "--singleThreaded"])
  const read = (name: string): number => Number(new RegExp(`^${name}:\\s+([0-9.]+)`, "m").exec(stdout)?.[1] ?? NaN)
  return { instantiations: read("Instantiations"), checking: read("Check time") * 1000 }
}

main(async ({ quick }) => {
  execFileSync(process.execPath, [compiler, "-b", "packages/core/tsconfig.src.json"])
  const sizes = [0, 50, 100]
  const rounds = await interleave(
    Object.fromEntries(sizes.flatMap((size) => [
      [`${size} endpoints`, compile(project(`ours-${size}`, ours(size)))],
      [`${size} times bare schemas`, compile(project(`bare-${size}`, bare(size)))]
    ])),
    quick ? { rounds: 1, warmup: 0 } : { rounds: 11, warmup: 1 }
  )
  const of = (contender: string): number => rounds.get(contender)?.get("instantiations")?.[0] ?? NaN
  const [none, some, all] = sizes.map((size) => of(`${size} endpoints`)) as [number, number, number]
  return {
    figures: [
      ...figures(rounds, "instantiations", { unit: "" }),
      ...figures(rounds, "checking", { title: "time to check", unit: "ms" })
    ],
    checks: [
      count("instantiations of 100 endpoints", all, undefined),
      count("instantiations of 100 times bare schemas", of("100 times bare schemas"), undefined),
      count("instantiations, beside bare schemas", all / of("100 times bare schemas"), { atMost: 1.5 }),
      count("the second fifty beside the first", (all - some) / (some - none), { atMost: 1.05 }),
      ratio(rounds, "checking", ["100 endpoints", "100 times bare schemas"], {
        name: "time to check, beside bare schemas",
        goal: { atMost: 1.5 }
      })
    ]
  }
})
