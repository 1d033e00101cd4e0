export interface Pair {
  readonly accessToken: string
  readonly refreshToken: string
}

/** The three requests that both clients send. */
export const connect = (baseUrl: string) => {
  const post = async <Data>(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) => {
    const response = await fetch(baseUrl + path, {
      method: "POST",
      headers: { "Content-Type": "application/json;charset=UTF-8", "APIVersion": "3", ...headers },
      body: JSON.stringify(body)
    })
    return await response.json() as { readonly code: string; readonly data: Data }
  }

  const requestPair = async (path: string, body: unknown): Promise<Pair> => {
    const { code, data } = await post<Pair>(path, body)
    if (code !== "20000") throw new Error(`${path} returned ${code}`)
    return data
  }

  return {
    acquire: () => requestPair("/api/access_token", { username: "user1", password: "pass1" }),
    refresh: ({ refreshToken }: Pair) => requestPair("/api/refresh_token", { refreshToken }),
    daily: (accessToken: string, day: string) =>
      post<{ readonly orders?: number }>("/api/report/daily", { day }, { accessToken })
  }
}
