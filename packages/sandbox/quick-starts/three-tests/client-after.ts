import { connect, type Pair } from "./platform.js"

/** The same client, corrected. */
export const makeClient = (baseUrl: string) => {
  const platform = connect(baseUrl)
  let pair: Pair | undefined
  let renewal: Promise<Pair> | undefined

  // 3: if the refresh fails, acquire a pair. The platform may have used up the refresh token.
  const renew = async (): Promise<Pair> =>
    pair = pair === undefined ? await platform.acquire() : await platform.refresh(pair).catch(platform.acquire)

  // 1: all callers share one renewal. 2: a pair newer than the rejected token needs no renewal.
  const current = async (rejected?: string): Promise<Pair> =>
    pair !== undefined && pair.accessToken !== rejected
      ? pair
      : await (renewal ??= renew().finally(() => renewal = undefined))

  const daily = async (day: string): Promise<number | undefined> => {
    const { accessToken } = await current()
    const answer = await platform.daily(accessToken, day)
    if (answer.code !== "40003") return answer.data.orders
    // 2: the rejected call is sent once more.
    return (await platform.daily((await current(accessToken)).accessToken, day)).data.orders
  }

  return { token: async () => (await current()).accessToken, daily }
}
