import { FetchHttpClient } from "@effect/platform"
import { Jindouyun } from "@jindouyun/core"
import { Config, Layer } from "effect"

export const reports = Jindouyun.layerConfig({
  username: Config.string("REPORTS_USER"),
  password: Config.redacted("REPORTS_PASSWORD"),
  requestTimeout: Config.duration("REPORTS_TIMEOUT").pipe(Config.withDefault("20 seconds"))
}).pipe(Layer.provide(FetchHttpClient.layer))
