/**
 * A read of a valid token within one running fiber, beside what Effect offers for a kept value, and beside the getters of the
 * peers, awaited in a loop. Both editions are measured in the same rounds.
 */
import { nameOf, ofEach } from "../editions.js"
import { figures, interleave, main, nanos, ratio } from "../measure.js"
import { getters } from "../peers/load.js"

main(async ({ peers, quick, url }) => {
  const reads = quick ? 4000 : 10_000
  const theirs = Object.entries(peers ? await getters(url) : {}).map(([name, get]) =>
    [
      name,
      nanos(reads, async () => {
        for (let i = 0; i < reads; i++) {
          await get()
        }
      })
    ] as const
  )
  const ours = await ofEach(async ({ read }, edition) =>
    Object.entries(await read(reads)).map(([name, batch]) =>
      [nameOf(name, edition), nanos(batch.reads, batch.run)] as const
    )
  )
  const rounds = await interleave(
    Object.fromEntries([...ours.flat(), ...theirs]),
    quick ? { rounds: 11, warmup: 2 } : { rounds: 61, warmup: 8 }
  )

  const checks = await ofEach((_, edition) => {
    const beside = (contender: string, atMost: number) =>
      ratio(rounds, "time", [nameOf("accessToken", edition), nameOf(contender, edition)], {
        name: nameOf(`beside ${contender}`, edition),
        goal: { atMost }
      })
    return [
      beside("Ref.get", edition.name === "Effect 3" ? 1.75 : 1.5),
      beside("Effect.cachedWithTTL", 0.05),
      ...theirs.map(([name]) =>
        ratio(rounds, "time", [nameOf("accessToken", edition), name], {
          name: nameOf(`beside ${name}`, edition),
          goal: undefined
        })
      )
    ]
  })
  return {
    figures: figures(rounds, "time", { title: "a read", unit: "ns" }),
    checks: [
      ...checks.flat(),
      ratio(rounds, "time", ["accessToken, Effect 4", "accessToken, Effect 3"], {
        name: "a read on Effect 4 beside Effect 3",
        goal: undefined
      })
    ]
  }
})
