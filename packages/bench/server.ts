/**
 * The one server all are measured against, in a process of its own: the platform's two requests and a report, and the
 * same in the forms that the peers speak. It knows which tokens it has given and counts what it is asked.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"

const live = new Set<string>()
let serial = 0
let delay = 0
let reportDelay = 0
let requests = 0
let reports = 0

const issue = (): { readonly access: string; readonly refresh: string } => {
  serial += 1
  requests += 1
  const access = `access-${serial}`
  live.add(access)
  return { access, refresh: `refresh-${serial}` }
}

const envelope = (data: unknown, code = 20000, message = "数据返回正确") => ({ code, message, data })

// As long as its name says, the envelope included, and of rows a schema can be asked about.
const report = (bytes: number): string => {
  const rows = bytes > 2048 ? 1024 : 8
  const row = (text: string) => ({ name: text, visits: 12345 })
  const empty = JSON.stringify(envelope({ rows: Array.from({ length: rows }, () => row("")) })).length + 12
  const text = "x".repeat(Math.floor((bytes - empty) / rows))
  return JSON.stringify(envelope({ rows: Array.from({ length: rows }, () => row(text)) }))
}

const bodies: Readonly<Record<string, Buffer>> = {
  "/api/report/small": Buffer.from(report(1024)),
  "/api/report/large": Buffer.from(report(1024 * 1024))
}

const routes: Readonly<Record<string, () => unknown>> = {
  "/api/access_token": () => pair(),
  "/api/refresh_token": () => pair(),
  "/oauth2/token": () => {
    const { access, refresh } = issue()
    return { access_token: access, refresh_token: refresh, token_type: "Bearer", expires_in: 86_400 }
  },
  "/open-apis/auth/v3/tenant_access_token/internal": () => ({
    code: 0,
    msg: "ok",
    tenant_access_token: issue().access,
    expire: 7200
  })
}

const pair = () => {
  const { access, refresh } = issue()
  return envelope({ accessToken: access, refreshToken: refresh })
}

const send = (response: ServerResponse, status: number, body: Buffer | string): void => {
  const bytes = Buffer.from(body)
  response.writeHead(status, { "content-type": "application/json;charset=UTF-8", "content-length": bytes.length })
  response.end(bytes)
}

const after = (millis: number, f: () => void): void => {
  if (millis > 0) {
    setTimeout(f, millis)
  } else {
    f()
  }
}

const answer = (request: IncomingMessage, response: ServerResponse, text: string): void => {
  const url = request.url ?? ""
  if (url === "/bench") {
    const orders = JSON.parse(text) as {
      readonly delay?: number
      readonly reportDelay?: number
      readonly revoke?: boolean
    }
    delay = orders.delay ?? delay
    reportDelay = orders.reportDelay ?? reportDelay
    if (orders.revoke === true) {
      live.clear()
    }
    return send(response, 200, JSON.stringify({ requests, reports }))
  }
  const body = bodies[url]
  if (body !== undefined) {
    reports += 1
    return after(reportDelay, () => reported(request, response, body))
  }
  const route = routes[url]
  if (route === undefined) {
    return send(response, 404, "{}")
  }
  after(delay, () => send(response, 200, JSON.stringify(route())))
}

const reported = (request: IncomingMessage, response: ServerResponse, body: Buffer): void => {
  const own = request.headers["accesstoken"]
  const bearer = request.headers.authorization?.replace(/^Bearer /, "")
  if (live.has(String(own ?? bearer))) {
    return send(response, 200, body)
  }
  // The platform says it in the envelope, OAuth2 with the status.
  const refusal = JSON.stringify(envelope(null, 40003, "token"))
  send(response, own === undefined ? 401 : 200, refusal)
}

const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
  let text = ""
  request.setEncoding("utf8")
  request.on("data", (chunk: string) => {
    text += chunk
  })
  request.on("end", () => answer(request, response, text))
})

server.listen(0, "127.0.0.1", 4096, () => {
  const address = server.address()
  process.send?.(typeof address === "object" && address !== null ? address.port : 0)
})
process.on("disconnect", () => process.exit(0))
