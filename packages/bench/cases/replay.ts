/**
 * Two hundred calls at once with a token that the platform has revoked.
 */
import { control } from "../control.js"
import { nameOf, ofEach } from "../editions.js"
import { count, main, spread } from "../measure.js"
import { adapters } from "../peers/load.js"
import type { Figure } from "../Result.js"

const calls = 200
const path = "/api/report/small"

const played = async (url: string, run: () => Promise<number>) => {
  const before = await control(url, { revoke: true })
  const successes = await run()
  const after = await control(url)
  return {
    renewals: after.requests - before.requests,
    "calls on the wire": after.reports - before.reports,
    successes
  }
}

main(async ({ peers, url }) => {
  // Long enough for all calls to be sent before the first is rejected.
  await control(url, { delay: 20, reportDelay: 100 })
  const checks = await ofEach(async ({ replay }, edition) => {
    const { calls: send, close } = await replay(url, path)
    const numbers = await played(url, () => send(calls))
    await close()
    return [
      count(nameOf("renewals", edition), numbers.renewals, { exactly: 1 }),
      count(nameOf("calls on the wire", edition), numbers["calls on the wire"], { exactly: 2 * calls }),
      count(nameOf("successes", edition), numbers.successes, { exactly: calls })
    ]
  })

  const found: Array<Figure> = []
  for (const [name, { caller }] of Object.entries(peers ? await adapters() : {})) {
    if (caller !== undefined) {
      const theirs = await caller(url)
      await theirs(path)
      const numbers = await played(url, async () => {
        const answers = await Promise.allSettled(Array.from({ length: calls }, () => theirs(path)))
        return answers.filter(({ status }) => status === "fulfilled").length
      })
      found.push(
        ...Object.entries(numbers).map(([measure, value]) => ({
          measure,
          contender: name,
          unit: "",
          ...spread([value])
        }))
      )
    }
  }
  return { figures: found, checks: checks.flat() }
})
