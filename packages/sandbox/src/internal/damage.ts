import * as ReturnCode from "@jindouyun/core/ReturnCode"
import * as DateTime from "effect/DateTime"
import type { Answer, Delivery } from "../Delivery.js"
import type { Fault, WrongTypes } from "../Fault.js"
import type { Asked } from "./asked.js"
import * as envelope from "./envelope.js"
import type { Settings } from "./settings.js"
import * as wire from "./wire.js"

/**
 * The platform's own answer, without damage.
 *
 * @internal
 */
export const whole = ({ body, status }: Pick<Answer, "status" | "body">): Delivery => ({
  _tag: "Whole",
  status,
  headers: jsonHeaders,
  body
})

/**
 * The delivery that a fault makes of the platform's reply. `reply` is `undefined` if the platform has not acted.
 *
 * @internal
 */
export const damage = (
  fault: Fault,
  settings: Settings,
  asked: Asked,
  reply: envelope.Reply | undefined
): Delivery => {
  const { body, status } = reply ?? { status: 200, body: nothing }
  switch (fault._tag) {
    case "Refuse":
      return whole(envelope.refusal(settings, { ...fault, asked }))
    case "ResetBeforeActing":
    case "ResetAfterActing":
      return { _tag: "Reset" }
    case "Delay":
      return whole({ status, body })
    case "SlowBody":
      return { _tag: "Slow", status, headers: jsonHeaders, body }
    case "Truncate":
      return { _tag: "Truncated", status, headers: jsonHeaders, body, sent: Math.min(fault.bytes, body.byteLength) }
    case "Empty":
      return answer(200, jsonHeaders)
    case "InvalidUtf8":
      return answer(200, jsonHeaders, gbkEnvelope)
    case "Html502":
      return answer(502, { "content-type": "text/html" }, html502)
    case "Status":
      return answer(fault.status, retryAfter(fault.retryAfter))
    case "WrongTypes":
      return answer(
        200,
        jsonHeaders,
        envelope.encode(settings, ReturnCode.success, envelope.meaning(ReturnCode.success), wrongData[fault.types])
      )
    case "Oversized":
      return whole({ status, body: padded(body, fault.bytes) })
    case "Redirect":
      return answer(fault.status, { location: fault.location })
    case "RawBody":
      return answer(fault.status, { ...jsonHeaders, ...lowerCase(fault.headers) }, encoder.encode(fault.text))
  }
}

const encoder = new TextEncoder()
const nothing = new Uint8Array(0)
const jsonHeaders: Answer["headers"] = { "content-type": wire.contentType }

const answer = (status: number, headers: Answer["headers"], body: Uint8Array = nothing): Delivery => ({
  _tag: "Whole",
  status,
  headers,
  body
})

// 数据返回正确 in GBK.
const gbkMessage = [0xca, 0xfd, 0xbe, 0xdd, 0xb7, 0xb5, 0xbb, 0xd8, 0xd5, 0xfd, 0xc8, 0xb7]

const gbkEnvelope = Uint8Array.from([
  ...encoder.encode(`{"code":"${ReturnCode.success}","message":"`),
  ...gbkMessage,
  ...encoder.encode("\",\"data\":{}}")
])

const html502 = encoder.encode(
  "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"
)

const wrongData: { readonly [Types in WrongTypes]: unknown } = {
  numbers: { accessToken: 1, refreshToken: 2 },
  nulls: { accessToken: null, refreshToken: null },
  empty: { accessToken: "", refreshToken: "" },
  missing: {},
  notObject: "accessToken"
}

const retryAfter = (value: number | DateTime.DateTime | undefined): Answer["headers"] =>
  value === undefined
    ? {}
    : { "retry-after": typeof value === "number" ? String(value) : DateTime.toDateUtc(value).toUTCString() }

const padded = (body: Uint8Array, bytes: number): Uint8Array => {
  const text = new Uint8Array(Math.max(bytes, body.byteLength)).fill(0x20)
  text.set(body)
  return text
}

const lowerCase = (headers: Answer["headers"]): Answer["headers"] =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
