/**
 * One process of the case `call`: calls of one size, so many at once, ours and everybody else's in turns.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Endpoint from "@jindouyun/core/Endpoint"
import * as PlatformClient from "@jindouyun/core/PlatformClient"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { interleave, type Turn } from "./measure.js"
import { adapters } from "./peers/load.js"
import { open, provider } from "./platform.js"

/** What such a process is told. */
export interface Order {
  readonly url: string
  readonly path: string
  readonly concurrency: number
  /** The calls of a turn. */
  readonly calls: number
  readonly rounds: number
  readonly peers: boolean
}

const Parameters = Schema.Struct({ day: Schema.String })
const Data = Schema.Struct({ rows: Schema.Array(Schema.Struct({ name: Schema.String, visits: Schema.Number })) })
const Envelope = Schema.Struct({ code: Schema.Literal(20000), message: Schema.String, data: Data })

const day = { day: "2024-01-01" }

process.on("disconnect", () => process.exit(0))

const { calls, concurrency, path, peers, rounds, url } = JSON.parse(process.argv[2] ?? "{}") as Order

const timed = async (run: () => Promise<unknown>) => {
  const before = process.cpuUsage()
  const start = performance.now()
  await run()
  const wall = performance.now() - start
  const { system, user } = process.cpuUsage(before)
  return { cpu: (user + system) / calls, throughput: calls / wall * 1000 }
}

const promises = (call: (path: string) => Promise<unknown>): Turn => () =>
  timed(async () => {
    let left = calls
    const worker = async () => {
      while (left-- > 0) {
        await call(path)
      }
    }
    await Promise.all(Array.from({ length: concurrency }, worker))
  })

const runtime = open(url)
const effects = (effect: Effect.Effect<unknown, unknown>): Turn => () =>
  timed(() =>
    runtime.runPromise(Effect.all(Array.from({ length: calls }, () => effect), { concurrency, discard: true }))
  )

const token = await runtime.runPromise(Effect.flatMap(provider, ({ accessToken }) => accessToken))
const platform = await runtime.runPromise(PlatformClient.PlatformClient)
const client = await runtime.runPromise(HttpClient.HttpClient)
const theirs = await Promise.all(
  Object.entries(peers ? await adapters() : {}).flatMap(([name, { caller }]) =>
    caller === undefined ? [] : [caller(url).then((call) => [name, promises(call)] as const)]
  )
)

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

const seen = await interleave(
  { ours: effects(ours), "HttpClient and Schema": effects(byHand), ...Object.fromEntries(theirs) },
  { rounds, warmup: 2 }
)
process.send?.(seen, () => process.exit(0))
