import * as ReturnCode from "@jindouyun/core/ReturnCode"
import type * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import type { ReportAnswer } from "../Report.js"
import { type Asked, sentWith } from "./asked.js"
import * as jsonText from "./jsonText.js"
import type { Pair } from "./ledger.js"
import type { Settings } from "./settings.js"

/**
 * An answer of the platform: the HTTP status, the return code, and the bytes of the envelope.
 *
 * @internal
 */
export interface Reply {
  readonly status: number
  readonly code: number
  readonly body: Uint8Array
  /** The reason of a refusal, for the journal. */
  readonly reason?: string | undefined
  /** The error of a report. */
  readonly defect?: Cause.Cause<never> | undefined
  /** How long this answer is late, in milliseconds. */
  readonly delay?: number | undefined
}

/**
 * The bytes of an envelope. The settings choose the type of `code`.
 *
 * @internal
 */
export const encode = (settings: Settings, code: number, message: string, data: unknown): Uint8Array =>
  encoder.encode(
    jsonText.joined(
      JSON.stringify({ code: settings.codeType === "string" ? String(code) : code, message }),
      `{"data":${jsonText.of(data)}}`
    )
  )

/** @internal */
export const success = (settings: Settings, data: Pair): Reply => ({
  status: 200,
  code: ReturnCode.success,
  body: encode(settings, ReturnCode.success, meaning(ReturnCode.success), {
    accessToken: data.accessToken,
    refreshToken: data.refreshToken
  })
})

/** @internal */
export const refusal = (
  settings: Settings,
  options: {
    readonly code: number
    readonly message?: string | undefined
    readonly status?: number | undefined
    readonly data?: unknown
    readonly reason?: string | undefined
    readonly defect?: Cause.Cause<never> | undefined
    readonly asked: Asked
  }
): Reply => {
  const { code, data = {}, defect, message = meaning(code), reason } = options
  return {
    status: options.status ?? settings.failureStatus,
    code,
    body: encode(
      settings,
      code,
      settings.echo && options.message === undefined ? `${message}: ${sentWith(options.asked)}` : message,
      data
    ),
    reason,
    defect
  }
}

/** @internal */
export const report = (settings: Settings, asked: Asked, answer: ReportAnswer): Reply => {
  const { code = ReturnCode.success, data = {}, message = meaning(code), status = 200 } = answer
  const reply = code === ReturnCode.success
    ? { status, code, body: encode(settings, code, message, data) }
    : refusal(settings, { ...answer, code, asked })
  return answer.delay === undefined ? reply : { ...reply, delay: Duration.toMillis(answer.delay) }
}

/** The platform's message for a code, or a general message for an unknown code. @internal */
export const meaning = (code: number): string => ReturnCode.lookup(code)?.meaning.zh ?? "请求被拒绝"

const encoder = new TextEncoder()
