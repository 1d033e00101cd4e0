import * as NodePath from "@effect/platform-node/NodePath"
import * as NodeTerminal from "@effect/platform-node/NodeTerminal"
import type * as Path from "@effect/platform/Path"
import type * as Terminal from "@effect/platform/Terminal"
import * as Layer from "effect/Layer"
import { Input } from "./Input.js"
import * as nodeInput from "./nodeInput.js"

/**
 * The terminal and the stdin of Node, and the paths that the parser reads.
 *
 * @internal
 */
export const layer: Layer.Layer<Path.Path | Terminal.Terminal | Input> = Layer.mergeAll(
  NodePath.layer,
  NodeTerminal.layer,
  Layer.sync(Input, nodeInput.make)
)
