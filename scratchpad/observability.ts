/**
 * Prints the spans, metrics and logs of two acquisitions, a refresh and three report calls, as an OpenTelemetry
 * exporter sends them. The output contains no password and no token.
 */
import * as NodeSdk from "@effect/opentelemetry/NodeSdk"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { Endpoint, Jindouyun, PlatformClient, TokenProvider } from "@jindouyun/core"
import * as Fault from "@jindouyun/sandbox/Fault"
import * as Report from "@jindouyun/sandbox/Report"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as SandboxServer from "@jindouyun/sandbox/SandboxServer"
import { ConsoleMetricExporter, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics"
import { ConsoleSpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

const echo = Endpoint.make({
  path: Report.echoPath,
  parameters: Schema.Struct({ day: Schema.String }),
  data: Schema.Struct({ parameters: Schema.Struct({ day: Schema.String }) }),
  idempotent: true
})

const walk = Effect.gen(function*() {
  const client = yield* PlatformClient.PlatformClient
  const provider = yield* TokenProvider.TokenProvider
  const sandbox = yield* Sandbox.Sandbox
  yield* client.call(echo)({ day: "2030-01-01" })
  yield* sandbox.inject("report", Fault.returnCode(50000))
  yield* sandbox.inject("refresh", Fault.html502)
  yield* sandbox.revoke("accessTokens")
  yield* client.call(echo)({ day: "2030-01-02" })
  yield* provider.accessToken
  // The refresh token is revoked too: the log contains the acquisition that follows.
  yield* sandbox.revoke("allTokens")
  yield* client.call(echo)({ day: "2030-01-03" })
}).pipe(Effect.withSpan("walk"))

const platform = Layer.unwrapEffect(
  Effect.map(
    SandboxServer.SandboxServer,
    ({ url }) => Jindouyun.layer({ baseUrl: url, username: "user1", password: Redacted.make("pass1") })
  )
).pipe(
  Layer.provide(FetchHttpClient.layer),
  Layer.provideMerge(SandboxServer.layer())
)

const telemetry = NodeSdk.layer(() => ({
  resource: { serviceName: "observability" },
  spanProcessor: new SimpleSpanProcessor(new ConsoleSpanExporter()),
  // Exported once, at the end.
  metricReader: new PeriodicExportingMetricReader({ exporter: new ConsoleMetricExporter() })
}))

await Effect.runPromise(walk.pipe(Effect.provide(platform), Effect.provide([telemetry, Logger.structured])))
