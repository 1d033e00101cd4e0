/**
 * An intranet gateway that serves the platform under its own path; the library appends `/api/…`. Plain HTTP needs an
 * explicit option, because it sends passwords unencrypted.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { Jindouyun } from "@jindouyun/core"
import * as Layer from "effect/Layer"

export const throughGateway = Jindouyun.layerFromEnv({
  baseUrl: "http://gateway.internal/jindouyun",
  allowInsecureHttp: true
}).pipe(Layer.provide(FetchHttpClient.layer))
