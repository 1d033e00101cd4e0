// Acquires and refreshes a pair, calls a report and meets a fault: npx tsx quick-start.ts
const sandbox = process.env["SANDBOX"] ?? "http://127.0.0.1:8080"

interface Answer {
  readonly code: string
  readonly data: { readonly accessToken: string; readonly refreshToken: string; readonly orders: number }
}

const post = (path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  fetch(sandbox + path, {
    method: "POST",
    headers: { "Content-Type": "application/json;charset=UTF-8", "APIVersion": "3", ...headers },
    body: JSON.stringify(body)
  })

const read = async (response: Promise<Response>): Promise<Answer> => await (await response).json() as Answer

// The sandbox answers this report with your data.
await post("/_sandbox/reports", { path: "/api/report/daily", data: { orders: 12 } })

let pair = await read(post("/api/access_token", { username: "user1", password: "pass1" }))
console.log(`acquire: code ${pair.code}`)

pair = await read(post("/api/refresh_token", { refreshToken: pair.data.refreshToken }))
console.log(`refresh: code ${pair.code}`)

const report = () => post("/api/report/daily", { day: "2021-12-12" }, { accessToken: pair.data.accessToken })
const { code, data } = await read(report())
console.log(`report: code ${code}, ${data.orders} orders`)

// The next report call gets the error page of a gateway.
await post("/_sandbox/faults", { endpoint: "report", fault: { _tag: "Html502" } })
const failed = await report()
console.log(`report: HTTP ${failed.status} ${failed.headers.get("content-type")}`)
