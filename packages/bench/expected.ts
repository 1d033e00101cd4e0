/**
 * The bounds of `npm run bench -- --quick`, which CI runs. Change a number here with the reason in the same commit.
 *
 * - Counts come out the same on any machine: they are exact.
 * - Bytes and instantiations change with each line of the source, and are exact for one state of it: what is written here
 *   may be missed by as much as an honest change costs, both ways, so that a gain is written down, too.
 * - Ratios are of two contenders in one run, on a machine that does other things as well: their bands are wide, about
 *   twice of what is usual, and only find what has become another order of work.
 * - Times alone are no reason to fail.
 */
import { editions, nameOf } from "./editions.js"
import type { Measured } from "./Result.js"

type Expectation =
  | { readonly exactly: number }
  | { readonly atMost: number }
  | { readonly about: number; readonly within: number }

type Expected = Readonly<Record<string, Expectation>>

/** An expectation for both editions. */
const both = (expectations: Expected): Expected =>
  Object.fromEntries(
    Object.entries(expectations).flatMap(([name, expectation]) =>
      editions.map((edition) => [nameOf(name, edition), expectation])
    )
  )

const expected: Readonly<Record<string, Expected>> = {
  read: {
    ...both({
      // 1.7 to 2.0 on Effect 3, and 2.7 on Effect 4, where a Ref.get costs half as much.
      "beside Ref.get": { atMost: 6 }
    }),
    // 0.035
    "beside Effect.cachedWithTTL, Effect 3": { atMost: 0.1 }
  },
  callers: {
    ...both({
      "requests for 1": { exactly: 1 },
      "requests for 1000": { exactly: 1 },
      "requests for 10000": { exactly: 1 },
      // 1.25 and 1.7: a waiter has one frame more than a waiter of a bare Deferred, whose frames are smaller on Effect 4.
      "heap a waiter of 10000 beside one Deferred": { atMost: 2.5 },
      "wall of 10000 beside one Deferred": { atMost: 5 }
    }),
    // 0.1 to 0.3
    "wall of 10000 on Effect 4 beside Effect 3": { atMost: 1 }
  },
  renew: both({
    "reads that waited": { exactly: 0 },
    "p99 beside without refreshes": { atMost: 6 }
  }),
  call: both({
    // 1 to 1.4 in all of them, and more on a busy machine.
    "CPU a call of 1 KiB, concurrency 1, beside the client by hand": { atMost: 4 },
    "CPU a call of 1 KiB, concurrency 64, beside the client by hand": { atMost: 4 },
    "CPU a call of 1 MiB, concurrency 64, beside the client by hand": { atMost: 3 }
  }),
  load: both({
    "most renewals after a rejection": { exactly: 1 },
    "most calls sent twice after a rejection": { atMost: 64 }
  }),
  replay: both({
    "renewals": { exactly: 1 },
    "calls on the wire": { exactly: 400 },
    "successes": { exactly: 200 }
  }),
  accounts: {
    // No account has one. One more process-wide timer would be the last that is allowed.
    "timers": { exactly: 0 },
    ...both({
      "a read of one of 1000 accounts, beside the only one": { atMost: 3 },
      // 7.4 and 8.5: metrics, credentials and operations, none of which a Ref has.
      "heap an account of 1000, times a Ref and its pair": { atMost: 11 }
    })
  },
  fleet: {
    ...both({
      "requests of start of 1": { exactly: 1 },
      "requests of renew of 1": { exactly: 1 },
      "requests of start of 4": { exactly: 1 },
      "requests of renew of 4": { exactly: 1 }
    }),
    // Load, lease, load, renew the lease, save, release: one process alone sends no more than this.
    "most store operations of a process, start of 1, Effect 3": { exactly: 5 },
    "most store operations of a process, renew of 1, Effect 3": { exactly: 5 },
    // On Effect 4 the caller may have its token before the last operation is sent.
    "most store operations of a process, start of 1, Effect 4": { atMost: 5 },
    "most store operations of a process, renew of 1, Effect 4": { atMost: 5 }
  },
  import: {
    // Of effect and its platform: one more is one more that every consumer loads.
    "modules that are imported, Effect 3": { exactly: 60 },
    "modules that are imported, Effect 4": { exactly: 55 },
    ...both({
      // 1.12 to 1.14
      "heap beside its modules": { atMost: 1.3 }
    })
  },
  commands: {
    // 4.2 to 5.3, and 2.3 to 2.8 for the help.
    "CPU of token beside node -e 0": { atMost: 9 },
    "CPU of help beside node -e 0": { atMost: 5 }
  },
  size: {
    // A per cent is a module of middling size.
    "bytes of the bundle, Effect 3": { about: 118_713, within: 0.01 },
    "bytes of the client by hand, Effect 3": { about: 82_931, within: 0.01 },
    "bytes of the bundle, Effect 4": { about: 85_634, within: 0.01 },
    "bytes of the client by hand, Effect 4": { about: 47_825, within: 0.01 }
  },
  types: {
    "instantiations of 100 endpoints": { about: 229_216, within: 0.02 },
    "instantiations of 100 times bare schemas": { about: 176_274, within: 0.02 },
    // Linear: below one, because the first endpoints prepare the types of the others.
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
