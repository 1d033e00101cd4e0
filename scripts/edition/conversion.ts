import type MagicString from "magic-string"

/** A node of the syntax tree; every kind has other fields. */
// oxlint-disable-next-line no-explicit-any
export type Node = any

/** One source while it is converted. */
export interface Conversion {
  readonly text: string
  readonly edits: MagicString
  readonly parentOf: (node: Node) => Node
  readonly report: (node: Node, text: string) => void
  /** Gives a member of a namespace another name. */
  readonly renameMember: (member: Node, name: string) => void
  /** Puts a member of another namespace in place of a member. */
  readonly replaceMember: (member: Node, name: string) => void
  /** Puts an expression in place of a member. */
  readonly replaceBy: (member: Node, text: string) => void
  readonly wrap: (nodes: ReadonlyArray<Node>, before: string, after: string) => void
  /** Leaves the first argument of a call in its place. */
  readonly unwrap: (call: Node) => void
  /** Leaves a part of the source out. */
  readonly drop: (start: number, end: number) => void
  /** Imports a namespace. */
  readonly need: (namespace: string, module: string) => void
}
