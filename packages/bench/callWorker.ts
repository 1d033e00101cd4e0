/**
 * One process of the case `call`: calls of one size, so many at a time, by all contenders in turns.
 */
import { nameOf, ofEach } from "./editions.js"
import { interleave, type Turn } from "./measure.js"
import { adapters } from "./peers/load.js"

/** The argument of the process. */
export interface Order {
  readonly url: string
  readonly path: string
  readonly concurrency: number
  /** The calls of a turn. */
  readonly calls: number
  readonly rounds: number
  readonly peers: boolean
}

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

const ours = await ofEach(async ({ call }, edition) => {
  const { bare, byHand, library } = await call(url, path)
  const turn = (name: string, send: typeof bare) =>
    [nameOf(name, edition), () => timed(() => send(calls, concurrency))] as const
  return [turn("ours", library), turn("by hand", byHand), turn("bare HttpClient", bare)]
})
const theirs = await Promise.all(
  Object.entries(peers ? await adapters() : {}).flatMap(([name, { caller }]) =>
    caller === undefined ? [] : [caller(url).then((call) => [name, promises(call)] as const)]
  )
)
const seen = await interleave(Object.fromEntries([...ours.flat(), ...theirs]), { rounds, warmup: 2 })
process.send?.(seen, () => process.exit(0))
