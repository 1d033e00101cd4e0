// What a process of the fleet and its parent say to each other.
import type * as JindouyunConfig from "@jindouyun/core/JindouyunConfig"

/** Where the processes of a fleet agree on their pair. */
export type Store =
  | { readonly _tag: "File"; readonly directory: string }
  | { readonly _tag: "Redis"; readonly url: string }

/**
 * A place in a renewal where a process can be held up: the lease is renewed and nothing sent yet, or an answer has come
 * and is not saved yet.
 */
export type Moment = "renewed" | "saving"

/** How a process takes part. Durations are milliseconds. */
export interface Part {
  readonly store: Store
  readonly username: string
  readonly password: string
  readonly settings: JindouyunConfig.Options
  /** How far the clock of the process is ahead. */
  readonly ahead: number
  /** Reads once and dies of it if that fails, as a program does that cannot start without a token. */
  readonly once: boolean
}

export type ToWorker =
  | { readonly _tag: "Start"; readonly part: Part }
  /** Makes the process stay where it is when it next reaches the moment. */
  | { readonly _tag: "Hold"; readonly moment: Moment | undefined }
  /** Lets it go on from there. */
  | { readonly _tag: "Release" }
  | { readonly _tag: "Turn"; readonly ahead: number }
  | { readonly _tag: "Forget" }
  | { readonly _tag: "Tell" }
  | { readonly _tag: "Call" }

export type FromWorker =
  | { readonly _tag: "Ready" }
  | { readonly _tag: "Reached"; readonly moment: Moment; readonly held: boolean }
  | { readonly _tag: "Told"; readonly tally: Tally }
  /** What the platform said to a report call with the token. */
  | { readonly _tag: "Called"; readonly failure: string | undefined }

/** What the readers of a process have seen. */
export interface Tally {
  /** Reads that were handed a token. */
  readonly served: number
  /** Those that were not, by the tag of their error. */
  readonly failures: Readonly<Record<string, number>>
  /**
   * The longest a reader went without a token, in milliseconds: from its first try to the one that is handed one,
   * failures in between included, and one that still has none.
   */
  readonly longestWait: number
  /** How late the process was run meanwhile, in milliseconds all in all. */
  readonly late: number
  /** That of the last token. */
  readonly generation: number
}
