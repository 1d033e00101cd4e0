/**
 * Handles every failure of a call by its tag: those that the endpoint declares, and those of every call. Without a tag, the
 * program does not compile: "Type 'ProviderClosed' is not assignable to type 'never'", with the name of the missing tag.
 */
import { PlatformClient } from "@jindouyun/core"
import * as Effect from "effect/Effect"
import { daily } from "./call-a-report.js"

export const advice: Effect.Effect<string, never, PlatformClient.PlatformClient> = PlatformClient.PlatformClient.pipe(
  Effect.flatMap((client) => client.call(daily)({ day: "2030-01-01" })),
  Effect.map((report) => `${report.visits} visits`),
  Effect.catchTags({
    UnknownDay: (error) => Effect.succeed(`choose another day: ${error.returnMessage}`),
    ApiVersionRejected: () => Effect.succeed("update the library"),
    InvalidParameter: (error) => Effect.succeed(`the platform rejected a parameter: ${error.returnMessage}`),
    AuthenticationFailed: () => Effect.succeed("check the password; it is not sent again until it changes"),
    TokenRejected: () => Effect.succeed("check tokenPlacement and tokenName, or another program of this account"),
    ServerFailure: (error) => Effect.succeed(`the platform failed (${error.code})`),
    UnknownServerFailure: (error) => Effect.succeed(`the platform failed (${error.code})`),
    UnrecognizedReturnCode: (error) => Effect.succeed(`look up return code ${error.code}`),
    TransportFailure: (error) => Effect.succeed(`no answer: ${error.reason}, the request is ${error.delivery}`),
    UnexpectedResponse: (error) => Effect.succeed(`not the platform: ${error.reason}, HTTP ${error.status}`),
    StoreFailure: (error) => Effect.succeed(`the token store failed to ${error.operation}`),
    CredentialsUnavailable: (error) => Effect.succeed(`no credentials: ${error.detail}`),
    ProviderClosed: () => Effect.succeed("the program is shutting down")
  })
)
