import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Endpoint from "@jindouyun/core/Endpoint"
import { UnexpectedResponse } from "@jindouyun/core/JindouyunError"
import * as PlatformClient from "@jindouyun/core/PlatformClient"
import type * as TokenRecord from "@jindouyun/core/TokenRecord"
import type * as TokenStore from "@jindouyun/core/TokenStore"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { methods } from "../CommandLine.js"
import { type OutputFailure, UsageError } from "../Failure.js"
import * as flags from "../internal/flags.js"
import { Input } from "../internal/Input.js"
import { pathText } from "../internal/optionTexts.js"
import * as Output from "../internal/Output.js"
import * as recorder from "../internal/recorder.js"
import * as running from "../internal/running.js"
import * as Session from "../internal/Session.js"
import { summaries } from "../internal/summaries.js"
import * as text from "../internal/text.js"
import * as verbatim from "../internal/verbatim.js"
import { waiting } from "../internal/waiting.js"
import type { Language } from "../Language.js"
import * as Parameters from "../Parameters.js"

/** @internal */
export const call = (language: Language) =>
  Command.make("call", {
    ...flags.common(language),
    data: Options.optional(flags.described(language)("--data", Options.text("data"))),
    method: Options.withDefault(
      flags.described(language)("--method", Options.choice("method", methods.call)),
      "POST" as const
    ),
    raw: flags.described(language)("--raw", Options.boolean("raw")),
    path: Args.withDescription(Args.text({ name: "path" }), pathText[language])
  }, (given) =>
    Effect.gen(function*() {
      const { out } = yield* Output.Output
      const endpoint = yield* endpointOf(given.path, given.method)
      const parameters = yield* parametersOf(given.method, Parameters.place(Option.getOrUndefined(given.data)))
      const session = yield* Session.open(given)
      const username = yield* Session.usernameOf(session)
      const answers = recorder.make(running.http(session))
      const http = parameters?._tag === "Body" ? verbatim.layer(parameters.text, answers.layer) : answers.layer
      const content = parameters?._tag === "Body" ? verbatim.marker : parameters?.query
      const secrets: Array<Redacted.Redacted> = []
      const print = (part: "envelope" | "data"): Effect.Effect<void, OutputFailure | UnexpectedResponse> => {
        const answer = answers.askedAnswer() ?? ""
        return Either.match(Parameters.render(answer, part, secrets), {
          onLeft: ({ en }) =>
            new UnexpectedResponse({
              endpoint: given.path,
              reason: "invalidData",
              detail: `the response ${en}`,
              status: 200,
              disposition: "fatal"
            }),
          onRight: (text) => out(`${text}\n`)
        })
      }
      const outcome = yield* running.run(
        session,
        username,
        Effect.gen(function*() {
          const client = yield* PlatformClient.PlatformClient
          return yield* answers.asked(client.call(endpoint)(content))
        }),
        { http, store: learning((secret) => secrets.push(secret)) }
      ).pipe(waiting(session), Effect.either)
      if (Either.isRight(outcome)) {
        return yield* print(given.raw ? "envelope" : "data")
      }
      if (given.raw) {
        // The response is no JSON if the call failed for that reason.
        yield* Effect.catchTag(print("envelope"), "UnexpectedResponse", () => Effect.void)
      }
      return yield* Effect.fail(outcome.left)
    })).pipe(Command.withDescription(summaries.call[language]))

/** Every token that the library uses is read from the store or saved to it, also with `--store none`. */
const learning = (learn: (secret: Redacted.Redacted) => void) => (store: TokenStore.Service): TokenStore.Service => {
  const from = ({ pair }: TokenRecord.TokenRecord) => {
    if (Option.isSome(pair)) {
      learn(pair.value.accessToken.value)
      learn(pair.value.refreshToken.value)
    }
  }
  return {
    ...store,
    load: (key) => Effect.map(store.load(key), Option.map((record) => (from(record), record))),
    save: (key, record, lease) => Effect.suspend(() => (from(record), store.save(key, record, lease)))
  }
}

const endpointOf = (path: string, method: Endpoint.Method) =>
  Effect.try({
    try: () => Endpoint.make({ path, method, parameters: Schema.Unknown, data: Schema.Unknown }),
    catch: () =>
      new UsageError({
        problem: {
          en: "the path must start with one slash; a segment has only letters, digits and -._~, and is not . or ..",
          zh: "路径须以一个斜杠开头，各段只含字母、数字和 -._~，且不能是 . 或 .."
        },
        hint: {
          en: "Write the path after the base URL, such as /api/report/daily, and the parameters in --data.",
          zh: "请从 baseUrl 之后写起，例如 /api/report/daily；参数请用 --data。"
        }
      })
  })

const parametersOf = (method: Endpoint.Method, place: Parameters.Place) =>
  Effect.gen(function*() {
    const source = Parameters.nameOf(place)
    switch (place._tag) {
      case "None":
        return undefined
      case "Text":
        return yield* Parameters.parse(method, yield* text.fromArgument(place.text, source), source)
      case "Stdin": {
        const bytes = yield* Effect.flatMap(Input, ({ all }) => all)
        return yield* Parameters.parse(method, yield* text.fromBytes(bytes, source), source)
      }
      case "File": {
        const bytes = yield* Effect.flatMap(Input, ({ file }) => file(place.path)).pipe(
          Effect.mapError(({ en, zh }) =>
            new UsageError({
              problem: { en: `${source.en} cannot be read: ${en}`, zh: `无法读取 ${source.zh}：${zh}` },
              hint: { en: "Check its name and its permissions.", zh: "请检查文件名和权限。" }
            })
          )
        )
        return yield* Parameters.parse(method, yield* text.fromBytes(bytes, source), source)
      }
    }
  })
