// A client as programs have it before this library. The numbers name its faults.
let accessToken: string | undefined
let refreshToken: string | undefined
setInterval(() => void refresh(), 23 * 60 * 60 * 1000) // 1

interface Answer {
  readonly code: string
  readonly data: { readonly accessToken: string; readonly refreshToken: string; readonly visits: number }
}

const post = async (path: string, body: unknown, headers = {}): Promise<Answer> => {
  const response = await fetch(process.env["JINDOUYUN_BASE_URL"] + path, { // 2
    method: "POST",
    headers: { "Content-Type": "application/json;charset=UTF-8", "APIVersion": "3", ...headers },
    body: JSON.stringify(body)
  })
  return await response.json() as Answer // 3
}

const keep = (answer: Answer) => {
  if (answer.code !== "20000") throw new Error(JSON.stringify(answer)) // 4
  accessToken = answer.data.accessToken
  refreshToken = answer.data.refreshToken
}

const login = async () => {
  const { JINDOUYUN_PASSWORD: password, JINDOUYUN_USERNAME: username } = process.env
  keep(await post("/api/access_token", { username, password })) // 5
}

const refresh = () => post("/api/refresh_token", { refreshToken }).then(keep).catch(login) // 6

export const visits = async (day: string): Promise<number> => {
  if (accessToken === undefined) await login() // 7
  const answer = await post("/api/report/daily", { day }, { accessToken })
  if (answer.code === "40003") {
    accessToken = undefined // 8
    return visits(day) // 9
  }
  return answer.data.visits
}
