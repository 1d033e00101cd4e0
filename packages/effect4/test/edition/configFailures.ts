/** Failures to read configs, which Effect 3 and 4 report in different ways, and what credentials that fail with one report. */
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import type * as Credentials from "../../src/Credentials.js"
import * as Providers from "./providers.js"

type Failure = readonly [title: string, current: Effect.Effect<Credentials.UsernamePassword, unknown>, detail: string]

const south = Config.nested(
  Config.all({ username: Config.String("USERNAME"), password: Config.Redacted("PASSWORD") }),
  "SOUTH"
)

const failureOf = (path: ReadonlyArray<string>, issue: SchemaIssue.Issue) =>
  Effect.fail(new Config.ConfigError(new Schema.SchemaError(new SchemaIssue.Pointer(path, issue))))

const missing = new SchemaIssue.MissingKey(undefined)

export const configFailures: ReadonlyArray<Failure> = [
  ["a missing value", south, "ConfigError: SOUTH_USERNAME is missing"],
  [
    "a missing value beside one that is set",
    Effect.provideService(
      south,
      ConfigProvider.ConfigProvider,
      ConfigProvider.fromUnknown({ SOUTH: { USERNAME: "CANARY" } })
    ),
    "ConfigError: SOUTH_PASSWORD is missing"
  ],
  [
    "a value that is invalid",
    failureOf(["SOUTH", "PORT"], new SchemaIssue.InvalidValue({ message: "Expected a number but received CANARY" })),
    "ConfigError: SOUTH_PORT is invalid"
  ],
  [
    "a value that a primitive refuses",
    Effect.provideService(
      Effect.andThen(Config.Int("RETRIES"), south),
      ConfigProvider.ConfigProvider,
      Providers.whole({ RETRIES: "CANARY" })
    ),
    "ConfigError: RETRIES is invalid"
  ],
  [
    "two values, of which one is enough",
    Config.orElse(Config.String("ONE"), () => Config.String("TWO")).pipe(Effect.andThen(south)),
    "ConfigError: TWO is missing"
  ],
  [
    "a source that fails",
    Effect.fail(new Config.ConfigError(new ConfigProvider.SourceError({ message: "CANARY", cause: "CANARY" }))),
    "ConfigError: a value is not available"
  ],
  ["no path", failureOf([], missing), "ConfigError: a value is missing"],
  ["a path that forges a line", failureOf(["A\nB"], missing), "ConfigError: A\\u000aB is missing"]
]
