import { FetchHttpClient } from "@effect/platform"
import { Jindouyun } from "@jindouyun/core"
import * as SandboxServer from "@jindouyun/sandbox/SandboxServer"
import { Effect, Layer, Redacted } from "effect"

const account = { username: "user1", password: Redacted.make("pass1") }

export const onASocket = Layer.unwrapEffect(
  Effect.map(SandboxServer.SandboxServer, ({ url }) => Jindouyun.layer({ ...account, baseUrl: url }))
).pipe(Layer.provide(FetchHttpClient.layer), Layer.provideMerge(SandboxServer.layer()))
