/**
 * A call that carries the token, beside the same by hand on the same client: CPU time of this process, and throughput.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Endpoint from "@jindouyun/core/Endpoint"
import * as PlatformClient from "@jindouyun/core/PlatformClient"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { figures, interleave, main, ratio, type Turn } from "../measure.js"
import { adapters } from "../peers/load.js"
import { control, open, provider } from "../platform.js"
import type { Check, Figure } from "../Result.js"

const Parameters = Schema.Struct({ day: Schema.String })
const Data = Schema.Struct({ rows: Schema.Array(Schema.Struct({ name: Schema.String, visits: Schema.Number })) })
const Envelope = Schema.Struct({ code: Schema.Literal(20000), message: Schema.String, data: Data })

const day = { day: "2024-01-01" }

// A turn has to be longer than what the one before it has left behind, in the caches and for the collector.
const kinds = [
  { title: "1 KiB", path: "/api/report/small", calls: { 1: 1000, 64: 2048 }, few: { 1: 200, 64: 640 } },
  { title: "1 MiB", path: "/api/report/large", calls: { 1: 40, 64: 128 }, few: { 1: 10, 64: 64 } }
] as const

main(async ({ peers, quick, url }) => {
  await control(url, { delay: 0, reportDelay: 0 })
  const runtime = open(url)
  const token = await runtime.runPromise(Effect.flatMap(provider, ({ accessToken }) => accessToken))
  const platform = await runtime.runPromise(PlatformClient.PlatformClient)
  const client = await runtime.runPromise(HttpClient.HttpClient)
  const theirs = await Promise.all(
    Object.entries(peers ? await adapters() : {}).flatMap(([name, { caller }]) =>
      caller === undefined ? [] : [caller(url).then((call) => [name, call] as const)]
    )
  )
  const found: Array<Figure> = []
  const checks: Array<Check> = []

  for (const { calls, few, path, title } of kinds) {
    const report = Endpoint.make({ path, parameters: Parameters, data: Data })
    const ours = Effect.suspend(() => platform.call(report)(day))
    const request = HttpClientRequest.post(`${url}${path}`, {
      headers: { accessToken: Redacted.value(token.value), APIVersion: "3" }
    })
    const encode = HttpClientRequest.schemaBodyJson(Parameters)
    const decode = HttpClientResponse.schemaBodyJson(Envelope)
    const byHand = Effect.flatMap(encode(request, day), client.execute).pipe(
      Effect.flatMap(HttpClientResponse.filterStatusOk),
      Effect.flatMap(decode),
      Effect.map(({ data }) => data)
    )

    for (const concurrency of [1, 64] as const) {
      const many = (quick ? few : calls)[concurrency]
      const timed = async (run: () => Promise<unknown>) => {
        const before = process.cpuUsage()
        const start = performance.now()
        await run()
        const wall = performance.now() - start
        const { system, user } = process.cpuUsage(before)
        return { cpu: (user + system) / many, throughput: many / wall * 1000 }
      }
      const effects = (effect: Effect.Effect<unknown, unknown>): Turn => () =>
        timed(() =>
          runtime.runPromise(Effect.all(Array.from({ length: many }, () => effect), { concurrency, discard: true }))
        )
      const promises = (call: (path: string) => Promise<unknown>): Turn => () =>
        timed(async () => {
          let left = many
          const worker = async () => {
            while (left-- > 0) {
              await call(path)
            }
          }
          await Promise.all(Array.from({ length: concurrency }, worker))
        })
      const rounds = await interleave({
        ours: effects(ours),
        "HttpClient and Schema": effects(byHand),
        ...Object.fromEntries(theirs.map(([name, call]) => [name, promises(call)]))
      }, quick ? { rounds: 3, warmup: 1 } : { rounds: 21, warmup: 3 })
      const what = `${title}, concurrency ${concurrency}`
      found.push(
        ...figures(rounds, "cpu", { title: `CPU a call of ${what}`, unit: "µs" }),
        ...figures(rounds, "throughput", { title: `throughput of ${what}`, unit: "/s" })
      )
      checks.push(
        ratio(rounds, "cpu", ["ours", "HttpClient and Schema"], {
          name: `CPU a call of ${what}, beside bare HttpClient`,
          goal: { atMost: 1.1 }
        }),
        ratio(rounds, "throughput", ["HttpClient and Schema", "ours"], {
          name: `time a call of ${what}, beside bare HttpClient`,
          goal: { atMost: 1.1 }
        }),
        ...theirs.map(([name]) =>
          ratio(rounds, "cpu", ["ours", name], {
            name: `CPU a call of ${what}, beside ${name}`,
            goal: { atMost: 1 }
          })
        )
      )
    }
  }
  await runtime.dispose()
  return { figures: found, checks }
})
