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

/** Edits a use of a member. `node` is the member, `call` the call of it, if it is called. */
export type Rule = (conversion: Conversion, node: Node, call: Node | undefined) => void

/** A use in a form that a rule does not know. */
export class UnknownForm extends Error {}

/** A part of the source that a rule needs. */
export const required = (node: Node | undefined): Node => {
  if (node === undefined) {
    throw new UnknownForm()
  }
  return node
}
