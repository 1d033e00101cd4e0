/**
 * Callers that need a token at once while none is held: the number of requests, and the cost of the wait beside as many fibers that
 * wait for one Deferred, which one bare request fills.
 */
import { control } from "../control.js"
import { nameOf, ofEach } from "../editions.js"
import { count, figures, heap, interleave, main, ratio, spread, type Turn } from "../measure.js"
import { adapters } from "../peers/load.js"
import type { Check, Figure } from "../Result.js"

const delay = 20

main(async ({ peers, quick, url }) => {
  await control(url, { delay })
  const found: Array<Figure> = []
  const checks: Array<Check> = []

  for (const waiters of [1, 1000, quick ? 10_000 : 100_000]) {
    const turns = (weigh: boolean) =>
      ofEach(({ callers }, edition) => {
        const { deferred, library } = callers(url)
        const requests: Array<number> = []
        const counted: Turn = async () => {
          const before = (await control(url)).requests
          const numbers = await library(waiters, weigh ? heap : undefined)
          requests.push((await control(url)).requests - before)
          return numbers
        }
        return {
          edition,
          requests,
          turns: {
            [nameOf("ours", edition)]: counted,
            [nameOf("Deferred", edition)]: () => deferred(waiters, weigh ? heap : undefined)
          }
        }
      })

    const few = quick ? 3 : waiters === 100_000 ? 11 : 31
    const timed = await turns(false)
    const rounds = await interleave(Object.assign({}, ...timed.map(({ turns }) => turns)), {
      rounds: few,
      warmup: waiters === 1 ? 10 : 2
    })
    found.push(...figures(rounds, "wall", { title: `wall of ${waiters}`, unit: "ms" }))
    for (const { edition, requests } of timed) {
      checks.push(
        count(nameOf(`requests for ${waiters}`, edition), Math.max(...requests), { exactly: 1 }),
        ratio(rounds, "wall", [nameOf("ours", edition), nameOf("Deferred", edition)], {
          name: nameOf(`wall of ${waiters} beside one Deferred`, edition),
          goal: { atMost: 1.5 }
        })
      )
    }
    checks.push(
      ratio(rounds, "wall", ["ours, Effect 4", "ours, Effect 3"], {
        name: `wall of ${waiters} on Effect 4 beside Effect 3`,
        goal: undefined
      })
    )
    if (waiters > 1) {
      // Long enough for all callers to wait when they are weighed.
      await control(url, { delay: 2000 })
      const weighed = await interleave(Object.assign({}, ...(await turns(true)).map(({ turns }) => turns)), {
        rounds: quick ? 1 : 5,
        warmup: 1
      })
      found.push(...figures(weighed, "bytes", { title: `heap a waiter of ${waiters}`, unit: "B" }))
      checks.push(
        ...timed.map(({ edition }) =>
          ratio(weighed, "bytes", [nameOf("ours", edition), nameOf("Deferred", edition)], {
            name: nameOf(`heap a waiter of ${waiters} beside one Deferred`, edition),
            goal: undefined
          })
        )
      )
      await control(url, { delay })
    }
  }

  for (const [name, { getter }] of Object.entries(peers ? await adapters() : {})) {
    if (getter !== undefined) {
      const walls: Array<number> = []
      let requests = 0
      for (let round = 0; round < 11; round++) {
        const get = await getter(url)
        const before = (await control(url)).requests
        const start = performance.now()
        await Promise.all(Array.from({ length: 1000 }, () => get()))
        walls.push(performance.now() - start)
        requests = Math.max(requests, (await control(url)).requests - before)
      }
      found.push({ measure: "wall of 1000", contender: name, unit: "ms", ...spread(walls) })
      found.push({ measure: "requests for 1000", contender: name, unit: "", ...spread([requests]) })
    }
  }
  return { figures: found, checks }
})
