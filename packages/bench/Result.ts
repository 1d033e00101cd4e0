/**
 * What a case finds out.
 */

/** One measure of one contender: the median of its rounds, and the quartiles as its spread. */
export interface Figure {
  readonly measure: string
  readonly contender: string
  readonly unit: string
  readonly median: number
  readonly low: number
  readonly high: number
  readonly rounds: number
}

/**
 * One number that says whether a goal is reached. `exact` ones come out the same on any machine; a ratio is taken round
 * by round, of two contenders that were measured next to each other.
 */
export interface Check {
  readonly name: string
  readonly value: number
  readonly low?: number | undefined
  readonly high?: number | undefined
  readonly goal: Goal | undefined
}

export type Goal = { readonly exactly: number } | { readonly atMost: number } | { readonly atLeast: number }

export interface Result {
  readonly figures: ReadonlyArray<Figure>
  readonly checks: ReadonlyArray<Check>
  /** The modules of a bundle, by edition. */
  readonly modules?: Readonly<Record<string, ReadonlyArray<ModuleBytes>>>
}

/** The bytes of a module in a bundle. */
export interface ModuleBytes {
  readonly module: string
  /** Minified, beyond those in the bundle of the client by hand. */
  readonly bytes: number
  /** How much smaller the compressed bundle is without the module; undefined if the client by hand needs it, too. */
  readonly saved: number | undefined
}

/** What a case is told. */
export interface Setting {
  /** Where the server listens that all share. */
  readonly url: string
  readonly quick: boolean
  readonly peers: boolean
}

export const isReached = ({ goal, value }: Check): boolean | undefined =>
  goal === undefined
    ? undefined
    : "exactly" in goal
    ? value === goal.exactly
    : "atMost" in goal
    ? value <= goal.atMost
    : value >= goal.atLeast

/** A result with where it comes from. */
export interface Measured extends Result {
  readonly environment: {
    readonly node: string
    readonly cpu: string
    readonly cores: number
    /** Of the last minute, when the case began. */
    readonly load: number
  }
  readonly peers: boolean
}

/** A step of the way of a read, and what a read cost after it, in times of a `Ref.get`. */
export interface Step {
  readonly step: string
  readonly ratio: number
  readonly low: number
  readonly high: number
  readonly nanos: number
}

/** The content of results.json. */
export interface Kept {
  readonly cases: Readonly<Record<string, Measured>>
  readonly steps: ReadonlyArray<Step>
}
