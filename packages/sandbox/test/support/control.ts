// Requests to the control API of a server, and what it answers.
import type { HttpMethod } from "@effect/platform/HttpMethod"
import type * as SandboxServer from "@jindouyun/sandbox/SandboxServer"
import * as Effect from "effect/Effect"
import { send, socket } from "./carriers.js"

export const server = (options?: SandboxServer.Options) => socket({ control: true, ...options })

/** What a client in any language does; the body goes as `curl --json` would send it. */
export const ask = (method: HttpMethod, path: string, body?: unknown) =>
  Effect.map(
    send(`/_sandbox${path}`, body, { method, headers: {}, contentType: "application/json" }),
    ({ status, text }) => ({ status, body: text === "" ? undefined : JSON.parse(text) as unknown })
  )

export const ok = (body: unknown) => ({ status: 200, body })
export const done = { status: 204, body: undefined }

export const refused = (...problems: ReadonlyArray<readonly [field: string, problem: string, expected: string]>) => ({
  status: 400,
  body: {
    _tag: "InvalidRequest",
    problems: problems.map(([field, problem, expected]) => ({ field, problem, expected }))
  }
})

export const defaults = {
  codeType: "string",
  refreshTokenField: "either",
  failureStatus: 200,
  revokeOnAcquire: true,
  revokeOnRefresh: true,
  earlyRefresh: "accepted",
  refreshTokenUse: "once",
  accessTokenLifetime: 86_400_000,
  refreshTokenLifetime: 2_592_000_000,
  echo: false,
  latency: 0,
  tokenPlacement: "header",
  tokenName: "accessToken",
  returnCodes: {
    wrongCredentials: 40001,
    invalidToken: 40003,
    earlyRefresh: 40003,
    badParameter: 40000,
    wrongApiVersion: 30005
  }
}

export const no = { acquire: [], refresh: [], report: [] }
