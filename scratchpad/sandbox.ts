/**
 * Starts the emulated platform as a server with its control API and its pages: `npx tsx scratchpad/sandbox.ts`,
 * optionally with a port.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as SandboxServer from "@jindouyun/sandbox/SandboxServer"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

const told = Layer.effectDiscard(
  Effect.flatMap(SandboxServer.SandboxServer, ({ url }) => Console.log(`${url}, with a page at ${url}/`))
)

NodeRuntime.runMain(
  Layer.launch(Layer.provide(told, SandboxServer.layer({ port: Number(process.argv[2] ?? 8080), control: true })))
)
