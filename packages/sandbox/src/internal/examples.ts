import type * as OpenApi from "@effect/platform/OpenApi"

const accessToken = "0sKNVpMCJGcdTaP3Zb8rXy1LfQhU9wEo"
const refreshToken = "7mWz2RkHvBtAn5SxYd4GjC6uPiLe8QoF"
const code = "20000"
const message = "数据返回正确"

/**
 * An example of each schema, so that a page shows values that the server can send. A page made from a schema alone shows
 * `"string"` and 0.
 *
 * @internal
 */
export const examples: { readonly [schema: string]: unknown } = {
  TokenEnvelope: { code, message, data: { accessToken, refreshToken } },
  EchoEnvelope: { code, message, data: { method: "POST", parameters: { day: "2021-12-12" } } },
  Pair: {
    username: "user1",
    accessToken: "0sKN…",
    accessTokenRemaining: 86_399_000,
    refreshToken: "7mWz…",
    refreshTokenRemaining: 2_591_999_000
  },
  Account: { username: "user1" },
  NewAccount: { username: "user2", password: "pass2" },
  ReportPath: { path: "/api/report/echo" },
  NewReport: { path: "/api/report/daily", data: { orders: 12 }, delay: "2 seconds" },
  Behaviour: {
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
  },
  BehaviourChange: { codeType: "number", accessTokenLifetime: "10 minutes" },
  Fault: { _tag: "Html502" },
  Faults: { acquire: [{ _tag: "Html502", acted: false }], refresh: [], report: [] },
  Injection: { endpoint: "acquire", fault: { _tag: "Html502" } },
  Entry: {
    sequence: 1,
    endpoint: "refresh",
    method: "POST",
    origin: "http://127.0.0.1:8080",
    path: "/api/refresh_token",
    at: "2021-12-12T08:00:00.000Z",
    overlap: 1,
    outcome: { _tag: "Answered", status: 200, code: 40000 },
    reason: "field refresh_token, expected refreshToken"
  },
  Counts: { requests: { acquire: 1, refresh: 0, report: 3 }, maxOverlap: 1 },
  PlatformClock: { now: "2021-12-12T08:00:00.000Z" },
  Advance: { by: "25 hours" },
  InvalidRequest: {
    _tag: "InvalidRequest",
    problems: [{ field: "failureStatus", problem: "is 99", expected: "an HTTP status: a whole number from 200 to 999" }]
  },
  NotFound: {
    _tag: "NotFound",
    problems: [{ field: "username", problem: "is not known", expected: "one of user1" }]
  },
  Forbidden: {
    _tag: "Forbidden",
    problems: [{ field: "Origin", problem: "is foreign", expected: "the origin of this server, or no Origin" }]
  },
  UnsupportedMediaType: {
    _tag: "UnsupportedMediaType",
    problems: [{
      field: "Content-Type",
      problem: "is not that of JSON",
      expected: "application/json, as curl --json sends it"
    }]
  }
}

/** The bodies whose schemas have no name. @internal */
export const bodies: { readonly [path: string]: unknown } = {
  "/api/access_token": { username: "user1", password: "pass1" },
  "/api/refresh_token": { refreshToken },
  "/api/report/echo": { day: "2021-12-12" },
  "/_sandbox/tokens/revoke": { which: "accessTokens" }
}

/**
 * Adds the examples to the schemas and the bodies of a document.
 *
 * @internal
 */
export const withExamples = (spec: OpenApi.OpenAPISpec): OpenApi.OpenAPISpec => {
  for (const [path, operations] of Object.entries(spec.paths)) {
    for (const media of path in bodies ? Object.values(operations.post?.requestBody?.content ?? {}) : []) {
      media.schema = { ...media.schema, examples: [bodies[path]] }
    }
  }
  const schemas = Object.entries(spec.components.schemas).map(([name, schema]) =>
    [name, name in examples ? { ...schema, examples: [examples[name]] } : schema] as const
  )
  return { ...spec, components: { ...spec.components, schemas: Object.fromEntries(schemas) } }
}
