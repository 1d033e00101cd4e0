import * as Endpoint from "@jindouyun/core/Endpoint"
import * as PlatformClient from "@jindouyun/core/PlatformClient"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import { open, provider } from "./library.js"

/** A client that holds a token; `calls` sends that many calls at once and returns how many of them succeed. */
export const replay = async (url: string, path: string) => {
  const runtime = open(url)
  await runtime.runPromise(Effect.flatMap(provider, ({ accessToken }) => accessToken))
  const { call } = await runtime.runPromise(PlatformClient.PlatformClient)
  const one = call(Endpoint.make({ path, data: Schema.Unknown }))()
  return {
    calls: async (count: number): Promise<number> => {
      const exits = await runtime.runPromise(
        Effect.all(Array.from({ length: count }, () => Effect.exit(one)), { concurrency: "unbounded" })
      )
      return exits.filter(Exit.isSuccess).length
    },
    close: (): Promise<void> => runtime.dispose()
  }
}
