/**
 * The peers, which have an install of their own: the adapters are plain JavaScript beside it, and are found at run time.
 */
import { pathToFileURL } from "node:url"

/** What an adapter of `peers/adapters.mjs` has; each in the idiom of its documentation. */
export interface Adapter {
  /** A getter of the token that it keeps, where it has one; a new one has no token yet. */
  readonly getter?: (url: string) => Promise<() => Promise<unknown>>
  /** A caller with the token, where it has one. */
  readonly caller?: (url: string) => Promise<(path: string) => Promise<unknown>>
}

export const adapters = async (): Promise<Readonly<Record<string, Adapter>>> => {
  const file = pathToFileURL(`${process.cwd()}/packages/bench/peers/adapters.mjs`).href
  const loaded = await import(file) as { readonly adapters: Readonly<Record<string, Adapter>> }
  return loaded.adapters
}

/** The getters of all that have one, each with its token. */
export const getters = async (url: string): Promise<Readonly<Record<string, () => Promise<unknown>>>> => {
  const found: Record<string, () => Promise<unknown>> = {}
  for (const [name, { getter }] of Object.entries(await adapters())) {
    if (getter !== undefined) {
      found[name] = await getter(url)
      await found[name]()
    }
  }
  return found
}
