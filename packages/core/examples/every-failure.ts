/**
 * Handles every failure of a read by its tag. If a tag is missing, the error type of `advice` is no longer `never`, and
 * the compiler names the missing tag.
 */
import { TokenProvider } from "@jindouyun/core"
import * as Effect from "effect/Effect"

const token = Effect.flatMap(TokenProvider.TokenProvider, (provider) => provider.accessToken)

export const advice: Effect.Effect<string, never, TokenProvider.TokenProvider> = token.pipe(
  Effect.as("go ahead"),
  Effect.catchTags({
    ApiVersionRejected: () => Effect.succeed("update the library"),
    InvalidParameter: (error) => Effect.succeed(`the platform rejected a parameter: ${error.returnMessage}`),
    AuthenticationFailed: () => Effect.succeed("check the password; it is not sent again until it changes"),
    TokenRejected: () =>
      Effect.succeed("check tokenPlacement and tokenName, or look for another program with this account"),
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
