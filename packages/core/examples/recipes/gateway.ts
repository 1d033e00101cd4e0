/**
 * An intranet gateway that has the platform below a path of its own: `/api/…` is appended to it. Plain HTTP inside a
 * trusted network has to be allowed, because it sends passwords in clear.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { Jindouyun } from "@jindouyun/core"
import * as Layer from "effect/Layer"

export const throughGateway = Jindouyun.layerFromEnv({
  baseUrl: "http://gateway.internal/jindouyun",
  allowInsecureHttp: true
}).pipe(Layer.provide(FetchHttpClient.layer))
