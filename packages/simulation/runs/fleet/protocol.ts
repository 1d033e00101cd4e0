// The messages between a process of the fleet and its parent.

/** The store that the processes of a fleet share. */
export type Store =
  | { readonly _tag: "File"; readonly directory: string; readonly encryptionKey?: string }
  | { readonly _tag: "Redis"; readonly url: string; readonly encryptionKey?: string }

/** A place in a renewal where a process can be held: between lease and request, or between answer and save. */
export type Moment = "renewed" | "saving"

/** Settings of the library, which the processes on Effect 3 and on Effect 4 accept. */
export interface Settings extends Durations {
  readonly baseUrl?: string
}

/** Milliseconds. */
type Durations = {
  readonly [
    Name in
      | "accessTokenLifetime"
      | "refreshTokenLifetime"
      | "expiryMargin"
      | "earlyRefresh"
      | "requestTimeout"
      | "renewalTimeout"
      | "minRequestInterval"
      | "cooldown"
      | "maxCooldown"
  ]?: number
}

/** The settings of a process. */
export interface Part {
  readonly store: Store
  readonly username: string
  readonly password: string
  readonly settings: Settings
  /** How far the clock of the process is ahead. */
  readonly ahead: number
  /** Reads once and exits if the read fails, like a program that needs a token to start. */
  readonly once: boolean
  /** The port that the process sends its requests to, in place of that of the base URL. */
  readonly port?: number
  /** About how often the process forces a refresh, makes a report call or resets the account. */
  readonly busyEvery?: number
  /** The share of resets in that, from 0 to 1. */
  readonly resetShare?: number
  /** Breaks the store of the process on purpose. */
  readonly mutant?: Mutant
}

export type Mutant = "leaseGrantedTwice" | "saveNotKept" | "clearWithoutFence"

export type ToWorker =
  | { readonly _tag: "Start"; readonly part: Part }
  /** Holds the process when it next reaches the moment. */
  | { readonly _tag: "Hold"; readonly moment: Moment | undefined }
  /** Lets the held process continue. */
  | { readonly _tag: "Release" }
  | { readonly _tag: "Turn"; readonly ahead: number }
  | { readonly _tag: "Forget" }
  /** Ends what `busyEvery` began; reads go on. */
  | { readonly _tag: "Calm" }
  | { readonly _tag: "Tell" }
  | { readonly _tag: "Call" }

export type FromWorker =
  | { readonly _tag: "Ready" }
  | { readonly _tag: "Reached"; readonly moment: Moment; readonly held: boolean }
  /** The process begins to renew its lease, which it does before each request; by the monotonic clock. */
  | { readonly _tag: "LeaseRenewal"; readonly at: number }
  /** A forced refresh that began at `since` returned a token, and its status had no failure of the store. */
  | { readonly _tag: "Saved"; readonly since: number; readonly accessToken: string }
  /** A reset begins, by the monotonic clock. */
  | { readonly _tag: "ResetBegins"; readonly at: number }
  /** That reset ended; whether it succeeded. */
  | { readonly _tag: "ResetEnded"; readonly isDone: boolean }
  | { readonly _tag: "Told"; readonly tally: Tally }
  /** The failure of a report call with the token, if it failed. */
  | { readonly _tag: "Called"; readonly failure: string | undefined }

/** The counts of the callers of a process. */
export interface Tally {
  /** Reads that got a token. */
  readonly served: number
  /** Failed reads, by the tag of their error. */
  readonly failures: Readonly<Record<string, number>>
  /** The longest time without a token, in milliseconds: from the first failed or waiting read to the next token, or to now. */
  readonly longestWait: number
  /** How late the process ran, in milliseconds in total. */
  readonly late: number
  /** The generation of the last token. */
  readonly generation: number
}
