/**
 * The invariants of a guarantee, by event. A predicate holds as long as the guarantee is kept; its name reports a violation.
 *
 * `Facts` maps each event to what is known when it happens.
 */
export type Rules<Facts> = {
  readonly [Event in keyof Facts]?: { readonly [invariant: string]: (facts: Facts[Event]) => boolean }
}

export interface Violation {
  readonly guarantee: number
  readonly invariant: string
}

interface Invariant<Facts> extends Violation {
  readonly holds: (facts: Facts) => boolean
}

/** The invariants of all guarantees, in their order, by event. */
export type Table<Facts> = { readonly [Event in keyof Facts]?: ReadonlyArray<Invariant<Facts[Event]>> }

export const tableOf = <Facts>(
  guarantees: ReadonlyArray<readonly [number, ...ReadonlyArray<Rules<Facts>>]>
): Table<Facts> => {
  const table: { [Event in keyof Facts]?: Array<Invariant<Facts[Event]>> } = {}
  for (const [guarantee, ...parts] of guarantees) {
    for (const rules of parts) {
      for (const event in rules) {
        const invariants = table[event] ??= []
        for (const [invariant, holds] of Object.entries(rules[event] ?? {})) {
          invariants.push({ guarantee, invariant, holds })
        }
      }
    }
  }
  return table
}
