/**
 * The files of Node.
 *
 * @internal
 */
export { layer } from "@effect/platform-node/NodeFileSystem"
