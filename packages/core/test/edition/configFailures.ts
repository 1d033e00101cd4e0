/** Failures to read configs, which Effect 3 and 4 report in different ways, and what credentials that fail with one report. */
import * as Cause from "effect/Cause"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import type * as Credentials from "../../src/Credentials.js"
import * as Providers from "./providers.js"

type Failure = readonly [title: string, current: Effect.Effect<Credentials.UsernamePassword, unknown>, detail: string]

const south = Config.nested(
  Config.all({ username: Config.string("USERNAME"), password: Config.redacted("PASSWORD") }),
  "SOUTH"
)

export const configFailures: ReadonlyArray<Failure> = [
  ["a missing value", south, "ConfigError: SOUTH_USERNAME is missing, SOUTH_PASSWORD is missing"],
  [
    "a missing value beside one that is set",
    Effect.withConfigProvider(south, Providers.whole({ "SOUTH.USERNAME": "CANARY" })),
    "ConfigError: SOUTH_PASSWORD is missing"
  ],
  [
    "a value that is invalid",
    Effect.fail(ConfigError.InvalidData(["SOUTH", "PORT"], "Expected a number but received CANARY")),
    "ConfigError: SOUTH_PORT is invalid"
  ],
  [
    "a value that a primitive refuses",
    Effect.withConfigProvider(
      Effect.zipRight(Config.integer("RETRIES"), south),
      Providers.whole({ RETRIES: "CANARY" })
    ),
    "ConfigError: RETRIES is invalid"
  ],
  [
    "two values, of which one is enough",
    Config.orElse(Config.string("ONE"), () => Config.string("TWO")).pipe(Effect.zipRight(south)),
    "ConfigError: ONE is missing, TWO is missing"
  ],
  [
    "a source that fails",
    Effect.fail(ConfigError.SourceUnavailable(["A"], "CANARY", Cause.die("CANARY"))),
    "ConfigError: A is not available"
  ],
  [
    "a source that cannot read",
    Effect.fail(ConfigError.Unsupported(["A"], "CANARY")),
    "ConfigError: A is not supported"
  ],
  ["no path", Effect.fail(ConfigError.MissingData([], "CANARY")), "ConfigError: a value is missing"],
  [
    "a path that forges a line",
    Effect.fail(ConfigError.MissingData(["A\nB"], "CANARY")),
    "ConfigError: A\\u000aB is missing"
  ]
]
