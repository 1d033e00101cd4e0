/**
 * Both editions of the contenders. Each is a bundle beside its own Effect, so that one process can load both.
 */
import { pathToFileURL } from "node:url"
import type * as contendersOf3 from "./contenders/index.js"

export type Contenders = typeof contendersOf3

export interface Edition {
  readonly name: "Effect 3" | "Effect 4"
  /** The folder with the sources `contenders` and `programs`, and with the bundle. */
  readonly folder: string
  /** The folder of the library. */
  readonly library: string
}

export const editions: ReadonlyArray<Edition> = [
  { name: "Effect 3", folder: "packages/bench", library: "packages/core" },
  { name: "Effect 4", folder: "packages/effect4-bench", library: "packages/effect4" }
]

/** A contender of an edition, as a figure names it. */
export const nameOf = (contender: string, { name }: Edition): string => `${contender}, ${name}`

export const contenders = async ({ folder }: Edition): Promise<Contenders> =>
  await import(pathToFileURL(`${process.cwd()}/${folder}/build/index.mjs`).href) as Contenders

/** What `f` returns for each edition. */
export const ofEach = async <A>(
  f: (contenders: Contenders, edition: Edition) => A | Promise<A>
): Promise<ReadonlyArray<A>> => {
  const found: Array<A> = []
  for (const edition of editions) {
    found.push(await f(await contenders(edition), edition))
  }
  return found
}
