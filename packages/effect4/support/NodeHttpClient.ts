/**
 * The clients of Node for tests on Effect 4. undici 8 needs Node 22: on Node 20 its tests use Node's own client. The tests import
 * this file under the name `@effect/platform-node/NodeHttpClient`.
 */
import type * as HttpClient from "effect/http/HttpClient"
import type * as Layer from "effect/Layer"
import * as NodeHttpClient from "../node_modules/@effect/platform-node/dist/NodeHttpClient.js"

export * from "../node_modules/@effect/platform-node/dist/NodeHttpClient.js"

const hasUndici = Number.parseInt(process.versions.node, 10) >= 22

export const layerUndici: Layer.Layer<HttpClient.HttpClient> = hasUndici
  ? NodeHttpClient.layerUndici
  : NodeHttpClient.layerNodeHttp
