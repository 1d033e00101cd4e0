import * as ReturnCode from "@jindouyun/core/ReturnCode"
import * as Report from "../Report.js"

/**
 * The decoded options. Durations are in milliseconds.
 *
 * @internal
 */
export interface Settings {
  readonly username: string
  readonly password: string
  readonly codeType: "number" | "string"
  readonly refreshTokenField: "refreshToken" | "refresh_token" | "either"
  readonly failureStatus: number
  readonly revokeOnAcquire: boolean
  readonly revokeOnRefresh: boolean
  readonly earlyRefresh: "accepted" | "refused" | "samePair"
  readonly refreshTokenUse: "once" | "many"
  readonly accessTokenLifetime: number
  readonly refreshTokenLifetime: number
  readonly echo: boolean
  readonly returnCodes: RefusalCodes
  readonly latency: number
  readonly reports: ReadonlyMap<string, Report.Report>
  readonly tokenPlacement: "header" | "query"
  readonly tokenName: string
}

/** @internal */
export interface RefusalCodes {
  readonly wrongCredentials: number
  readonly invalidToken: number
  readonly earlyRefresh: number
  readonly badParameter: number
  readonly wrongApiVersion: number
}

/** @internal */
export const codeOf = (tag: ReturnCode.FailureTag): number => {
  const row = ReturnCode.table.find((row) => row.tag === tag)
  return row === undefined ? 0 : row.code
}

const day = 86_400_000

/** @internal */
export const defaults: Settings = {
  username: "user1",
  password: "pass1",
  codeType: "string",
  refreshTokenField: "either",
  failureStatus: 200,
  revokeOnAcquire: true,
  revokeOnRefresh: true,
  earlyRefresh: "accepted",
  refreshTokenUse: "once",
  accessTokenLifetime: day,
  refreshTokenLifetime: 30 * day,
  echo: false,
  returnCodes: {
    wrongCredentials: codeOf("AuthenticationFailed"),
    invalidToken: codeOf("TokenRejected"),
    earlyRefresh: codeOf("TokenRejected"),
    badParameter: codeOf("InvalidParameter"),
    wrongApiVersion: codeOf("ApiVersionRejected")
  },
  latency: 0,
  reports: new Map([[Report.echoPath, Report.echo]]),
  tokenPlacement: "header",
  tokenName: "accessToken"
}
