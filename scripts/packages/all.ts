// What a consumer has who installs everything: the platform in memory, a shared store, a report.
import { Endpoint, Jindouyun, PlatformClient, TokenStore } from "@jindouyun/core"
import * as RedisTokenStore from "@jindouyun/redis/RedisTokenStore"
import { Sandbox } from "@jindouyun/sandbox"
import * as SandboxServer from "@jindouyun/sandbox/SandboxServer"
import { Effect, Layer, Redacted, Schema } from "effect"

const daily = Endpoint.make({
  path: "/api/report/daily",
  data: Schema.Struct({ visits: Schema.Number })
})

const program = Effect.gen(function*() {
  const client = yield* PlatformClient.PlatformClient
  const { visits } = yield* client.call(daily)()
  return visits
}).pipe(
  Effect.provide(
    Jindouyun.layer({ username: "user1", password: Redacted.make("pass1") }).pipe(
      Layer.provide(Sandbox.layerHttpClient({ reports: { "/api/report/daily": () => ({ data: { visits: 7 } }) } })),
      Layer.provide(TokenStore.layerMemory)
    )
  )
)

const visits = await Effect.runPromise(program)
const url = await Effect.runPromise(
  Effect.provide(Effect.map(SandboxServer.SandboxServer, ({ url }) => url), SandboxServer.layer())
)
// Redis need not be there for the layer to be built.
await Effect.runPromise(
  Effect.scoped(Layer.build(RedisTokenStore.layer({ url: Redacted.make("redis://127.0.0.1:1") })))
)
if (visits !== 7 || !url.startsWith("http://127.0.0.1:")) {
  throw new Error(`${visits} visits, ${url}`)
}
