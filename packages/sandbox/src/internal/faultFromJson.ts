import * as Schema from "effect/Schema"
import type { Fault } from "../Fault.js"
import * as json from "./json.js"

const acted = (byDefault: boolean) =>
  Schema.optionalWith(
    Schema.Boolean.annotations({ description: "whether the platform has acted", default: byDefault }),
    { default: () => byDefault }
  )

const optional = <A, I>(schema: Schema.Schema<A, I>) =>
  Schema.optionalWith(Schema.UndefinedOr(schema), { default: () => undefined })

const anyFault = Schema.Union(
  Schema.TaggedStruct("Refuse", {
    code: json.returnCode,
    message: optional(Schema.String),
    status: optional(json.status),
    acted: acted(false)
  }).annotations({ description: "an envelope of refusal with any return code" }),
  Schema.TaggedStruct("ResetBeforeActing", {}).annotations({
    description: "the connection is reset before the platform has acted"
  }),
  Schema.TaggedStruct("ResetAfterActing", {}).annotations({
    description: "the connection is reset after the platform has acted"
  }),
  Schema.TaggedStruct("Delay", {
    duration: json.duration("1 day"),
    acts: Schema.optionalWith(
      Schema.Literal("first", "last").annotations({
        description: "whether the platform acts before or after the delay",
        default: "first"
      }),
      { default: () => "first" as const }
    )
  }).annotations({ description: "the true answer, late" }),
  Schema.TaggedStruct("SlowBody", {}).annotations({ description: "the true answer, its body at one byte a second" }),
  Schema.TaggedStruct("Truncate", { bytes: json.bytes }).annotations({
    description: "the first bytes of the body of the true answer, then the connection ends"
  }),
  Schema.TaggedStruct("Empty", { acted: acted(true) }).annotations({ description: "200 without a body" }),
  Schema.TaggedStruct("InvalidUtf8", { acted: acted(true) }).annotations({
    description: "an envelope in GBK, declared as UTF-8"
  }),
  Schema.TaggedStruct("Html502", { acted: acted(false) }).annotations({ description: "the page of a gateway, 502" }),
  Schema.TaggedStruct("Status", {
    status: json.status,
    retryAfter: optional(
      Schema.Union(json.seconds, Schema.DateTimeUtc, Schema.DateTimeZoned).annotations({
        description: "a whole number of seconds, or a date such as \"2021-12-12T08:00:00Z\""
      })
    ),
    acted: acted(false)
  }).annotations({ description: "any HTTP status, without an envelope" }),
  Schema.TaggedStruct("WrongTypes", {
    types: Schema.optionalWith(
      Schema.Literal("numbers", "nulls", "empty", "missing", "notObject").annotations({
        description: "the values in place of two tokens",
        default: "numbers"
      }),
      { default: () => "numbers" as const }
    ),
    acted: acted(true)
  }).annotations({ description: "an envelope of success without two tokens" }),
  Schema.TaggedStruct("Oversized", { bytes: json.bytes }).annotations({
    description: "the true answer, padded with spaces"
  }),
  Schema.TaggedStruct("Redirect", { status: json.status, location: json.headerValue, acted: acted(false) }).annotations(
    {
      description: "a redirect to any location"
    }
  ),
  Schema.TaggedStruct("RawBody", {
    text: Schema.String,
    status: Schema.optionalWith(json.status, { default: () => 200 }),
    headers: Schema.optionalWith(Schema.Record({ key: json.faultHeaderName, value: json.headerValue }), {
      default: () => ({})
    }),
    acted: acted(false)
  }).annotations({ description: "any text as the body" })
)

/**
 * A fault as JSON, in the form of the control API: `{ "_tag": "Refuse", "code": 41009 }`. A missing field has the
 * default of the constructor. A duration is a number of milliseconds or a text such as `"5 seconds"`.
 *
 * @internal
 */
export const FaultFromJson: Schema.Schema<Fault, typeof anyFault.Encoded> = anyFault.annotations({
  identifier: "Fault",
  description: "a fault, such as {\"_tag\": \"Html502\"}"
})
