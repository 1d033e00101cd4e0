import { connect, type Pair } from "./platform.js"

/** A client with three mistakes. */
export const makeClient = (baseUrl: string) => {
  const platform = connect(baseUrl)
  let pair: Pair | undefined

  const current = async (): Promise<Pair> => pair ??= await platform.acquire() // 1

  const daily = async (day: string): Promise<number | undefined> => {
    const { accessToken, refreshToken } = await current()
    const { code, data } = await platform.daily(accessToken, day)
    if (code === "40003") pair = await platform.refresh({ accessToken, refreshToken }) // 2, 3
    return data.orders
  }

  return { token: async () => (await current()).accessToken, daily }
}
