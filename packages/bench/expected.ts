/**
 * What CI holds every change to, of what `npm run bench -- --quick` finds. Change a number here with the reason in the
 * same commit.
 *
 * - Counts come out the same on any machine: they are exact.
 * - Bytes and instantiations change with each line of the source, and are exact for one state of it: what is written here
 *   may be missed by as much as an honest change costs, both ways, so that a gain is written down, too.
 * - Ratios are of two contenders in one run, on a machine that does other things as well: their bands are wide, about
 *   twice of what is usual, and only find what has become another order of work.
 * - Times alone are no reason to fail.
 */
import type { Measured } from "./Result.js"

type Expectation =
  | { readonly exactly: number }
  | { readonly atMost: number }
  | { readonly about: number; readonly within: number }

const expected: Readonly<Record<string, Readonly<Record<string, Expectation>>>> = {
  read: {
    // 1.65 where nothing else runs.
    "beside Ref.get": { atMost: 3 },
    // 0.25
    "beside Cache.get": { atMost: 0.6 },
    // 0.035
    "beside cachedWithTTL": { atMost: 0.1 }
  },
  callers: {
    "requests for 1": { exactly: 1 },
    "requests for 1000": { exactly: 1 },
    "requests for 10000": { exactly: 1 },
    // 1.25: a waiter has one frame more than who waits for a bare Deferred.
    "heap a waiter of 10000 beside one Deferred": { atMost: 1.6 },
    "wall of 10000 beside one Deferred": { atMost: 3 }
  },
  renew: {
    "readers that waited": { exactly: 0 },
    "p99 beside without refreshes": { atMost: 6 }
  },
  call: {
    // 1.2 in all of them, and more on a busy machine.
    "CPU a call of 1 KiB, concurrency 1, beside bare HttpClient": { atMost: 4 },
    "CPU a call of 1 KiB, concurrency 64, beside bare HttpClient": { atMost: 4 },
    "CPU a call of 1 MiB, concurrency 64, beside bare HttpClient": { atMost: 3 }
  },
  replay: {
    "renewals": { exactly: 1 },
    "calls on the wire": { exactly: 400 },
    "successes": { exactly: 200 }
  },
  accounts: {
    // No account has one. One more process-wide timer would be the last that is allowed.
    "timers": { exactly: 0 },
    "a read of one of 1000 accounts, beside the only one": { atMost: 3 },
    // 17: metrics, a scope and a renewal's surroundings, none of which a Ref has.
    "heap an account of 1000, times a Ref and its pair": { atMost: 27 }
  },
  fleet: {
    "requests of start of 1": { exactly: 1 },
    "requests of renew of 1": { exactly: 1 },
    "requests of start of 4": { exactly: 1 },
    "requests of renew of 4": { exactly: 1 },
    // Load, lease, load, renew the lease, save, give it back: who is alone asks no more than this.
    "most store operations of a process, start of 1": { exactly: 5 },
    "most store operations of a process, renew of 1": { exactly: 5 }
  },
  import: {
    // Of effect and its platform: one more is one more that every consumer loads.
    "modules that are imported": { exactly: 60 },
    // 1.12 to 1.14
    "heap beside its modules": { atMost: 1.2 }
  },
  size: {
    // A per cent is a module of middling size.
    "bytes of the bundle": { about: 123_153, within: 0.01 },
    "bytes of the one by hand": { about: 82_272, within: 0.01 }
  },
  types: {
    "instantiations of 100 endpoints": { about: 229_216, within: 0.02 },
    "instantiations of 100 times bare schemas": { about: 176_274, within: 0.02 },
    // Linear: below one, for the first of a kind does what the others find done.
    "the second fifty beside the first": { atMost: 1.05 }
  }
}

const says = (expectation: Expectation): string =>
  "exactly" in expectation
    ? `exactly ${expectation.exactly}`
    : "atMost" in expectation
    ? `at most ${expectation.atMost}`
    : `${expectation.about} within ${expectation.within * 100} %`

const isMet = (value: number, expectation: Expectation): boolean =>
  "exactly" in expectation
    ? value === expectation.exactly
    : "atMost" in expectation
    ? value <= expectation.atMost
    : Math.abs(value - expectation.about) <= expectation.within * expectation.about

/** What was measured and is not as expected, or is expected and was not measured. A case that was not run is not asked. */
export const failuresOf = (measured: Readonly<Record<string, Measured>>): ReadonlyArray<string> =>
  Object.entries(measured).flatMap(([name, { checks }]) =>
    Object.entries(expected[name] ?? {}).flatMap(([check, expectation]) => {
      const value = checks.find((found) => found.name === check)?.value
      return value !== undefined && isMet(value, expectation)
        ? []
        : [`${name}: ${check}: ${String(value)}, expected ${says(expectation)}`]
    })
  )
