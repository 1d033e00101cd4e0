/**
 * Two hundred calls at once with a token that the platform has revoked.
 */
import * as Endpoint from "@jindouyun/core/Endpoint"
import * as PlatformClient from "@jindouyun/core/PlatformClient"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { count, main, spread } from "../measure.js"
import { adapters } from "../peers/load.js"
import { control, open, provider } from "../platform.js"
import type { Figure } from "../Result.js"

const calls = 200
const path = "/api/report/small"

main(async ({ peers, url }) => {
  // Long enough for all to be on their way before the first is rejected.
  await control(url, { delay: 20, reportDelay: 100 })
  const runtime = open(url)
  await runtime.runPromise(Effect.flatMap(provider, ({ accessToken }) => accessToken))
  const { call } = await runtime.runPromise(PlatformClient.PlatformClient)
  const before = await control(url, { revoke: true })
  const one = call(Endpoint.make({ path, data: Schema.Unknown }))()
  const answers = await runtime.runPromise(
    Effect.all(Array.from({ length: calls }, () => Effect.either(one)), { concurrency: "unbounded" })
  )
  const after = await control(url)
  await runtime.dispose()

  const found: Array<Figure> = []
  for (const [name, { caller }] of Object.entries(peers ? await adapters() : {})) {
    if (caller !== undefined) {
      const theirs = await caller(url)
      await theirs(path)
      const before = await control(url, { revoke: true })
      const answers = await Promise.allSettled(Array.from({ length: calls }, () => theirs(path)))
      const after = await control(url)
      const numbers = {
        renewals: after.requests - before.requests,
        "calls on the wire": after.reports - before.reports,
        successes: answers.filter(({ status }) => status === "fulfilled").length
      }
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
  return {
    figures: found,
    checks: [
      count("renewals", after.requests - before.requests, { exactly: 1 }),
      count("calls on the wire", after.reports - before.reports, { exactly: 2 * calls }),
      count("successes", answers.filter(Either.isRight).length, { exactly: calls })
    ]
  }
})
