import { InvalidConfiguration } from "@jindouyun/core/JindouyunError"
import type * as Report from "@jindouyun/sandbox/Report"
import type * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Input } from "./Input.js"

/** The options of the command that choose the behaviour of the sandbox, as they were written. @internal */
export interface Written {
  readonly account: ReadonlyArray<string>
  readonly accessTokenLifetime: Option.Option<string>
  readonly refreshTokenLifetime: Option.Option<string>
  readonly report: ReadonlyArray<string>
}

/**
 * The account of the platform's document; its password is public.
 *
 * @internal
 */
export const documented = { username: "user1", password: "pass1" }

/** Reads the options. An error names the option, and never repeats a password. @internal */
export const read = (
  { accessTokenLifetime, account, refreshTokenLifetime, report }: Written
): Effect.Effect<Sandbox.Options, InvalidConfiguration, Input> =>
  Effect.gen(function*() {
    const [first = documented, ...others] = yield* Effect.forEach(account, accountOf)
    const reports = yield* Effect.forEach(report, reportOf)
    // Loaded here because only this command uses the module.
    const { echo, echoPath } = yield* Effect.promise(() => import("@jindouyun/sandbox/Report"))
    return {
      ...first,
      accounts: others,
      accessTokenLifetime: yield* lifetimeOf("--access-token-lifetime", accessTokenLifetime),
      refreshTokenLifetime: yield* lifetimeOf("--refresh-token-lifetime", refreshTokenLifetime),
      reports: Object.fromEntries([[echoPath, echo] as const, ...reports])
    }
  })

const accountOf = (text: string): Either.Either<typeof documented, InvalidConfiguration> => {
  const end = text.indexOf(":")
  return end > 0 && end < text.length - 1
    ? Either.right({ username: text.slice(0, end), password: text.slice(end + 1) })
    : Either.left(
      new InvalidConfiguration({
        setting: "--account",
        problem: end < 0 ? "has no colon" : end === 0 ? "has no username" : "has no password",
        expected: "a username and a password, such as user2:pass2"
      })
    )
}

const longest = Duration.days(36_500)

const lifetimeOf = (
  setting: string,
  text: Option.Option<string>
): Either.Either<Duration.Duration | undefined, InvalidConfiguration> =>
  Option.match(text, {
    onNone: () => Either.right(undefined),
    onSome: (text) =>
      Either.fromOption(
        // `Duration` reads a negative number as zero.
        Option.filter(
          Duration.decodeUnknown(/^\d+$/.test(text) ? Number(text) : text),
          (lifetime) =>
            /^\d/.test(text) && Duration.between(lifetime, { minimum: Duration.millis(1), maximum: longest })
        ),
        () =>
          new InvalidConfiguration({
            setting,
            problem: "is not a duration",
            expected: "a duration such as \"90 seconds\", or a number of milliseconds, from 1 millisecond to 100 years"
          })
      )
  })

const reportOf = (
  text: string
): Effect.Effect<readonly [path: string, report: Report.Report], InvalidConfiguration, Input> =>
  Effect.gen(function*() {
    const [, written = "", file = ""] = /^([^=]*)=(.+)$/s.exec(text) ?? []
    const refused = (problem: string) =>
      new InvalidConfiguration({
        setting: "--report",
        problem,
        expected: "a path and a JSON file, such as /api/report/daily=daily.json"
      })
    if (file === "") {
      return yield* refused("is not path=file")
    }
    const [{ NewReport }, { fromJson }] = yield* Effect.promise(() =>
      Promise.all([import("@jindouyun/sandbox/ControlApi"), import("@jindouyun/sandbox/Report")])
    )
    const path = yield* Either.mapLeft(
      Schema.decodeEither(NewReport.fields.path)(written),
      () => refused("has a path that no report can have")
    )
    const bytes = yield* Effect.mapError(
      Effect.flatMap(Input, (input) => input.file(file)),
      ({ en }) => refused(`cannot be read: ${en}`)
    )
    return [path, yield* Either.mapLeft(fromJson(bytes), (problem) => refused(`has a file that ${problem}`))]
  })
