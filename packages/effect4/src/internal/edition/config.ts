import * as Arr from "effect/Array"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import * as Str from "effect/String"

/** The failure to read a config. */
export type Failure = Config.ConfigError

/** Whether an error is a failure to read a config. */
export const isFailure = (error: unknown): error is Failure => error instanceof Config.ConfigError

/** Why the value at a path could not be read. */
export interface Problem {
  readonly path: ReadonlyArray<string>
  readonly reason: "missing" | "invalid" | "unavailable" | "blank"
}

type Problems = readonly [Problem, ...ReadonlyArray<Problem>]

/** The problems of variables. The errors of Effect 4 have no path, or the path of a config. */
class VariableError extends ConfigProvider.SourceError {
  readonly problems: Problems

  constructor(problems: Problems) {
    super({ message: problems.map(({ path, reason }) => `${path.join("_")} is ${reason}`).join(", ") })
    this.problems = problems
  }
}

/** The problems of a failure, the first value first. Effect 4 stops at the first value that cannot be read. */
export const problemsOf = ({ cause }: Failure): Problems =>
  cause._tag === "SchemaError"
    ? problemsIn(cause.issue, [])
    : cause instanceof VariableError
    ? cause.problems
    : [{ path: [], reason: "unavailable" }]

const problemsIn = (issue: SchemaIssue.Issue, path: ReadonlyArray<string>): Arr.NonEmptyReadonlyArray<Problem> => {
  switch (issue._tag) {
    case "Pointer":
      return problemsIn(issue.issue, [...path, ...issue.path.map(String)])
    case "Filter":
    case "Encoding":
      return problemsIn(issue.issue, path)
    case "Composite":
      return Arr.flatMap(issue.issues, (each) => problemsIn(each, path))
    case "AnyOf":
      return issue.issues[0] === undefined ? [{ path, reason: "invalid" }] : problemsIn(issue.issues[0], path)
    case "MissingKey":
      return [{ path, reason: "missing" }]
    default:
      // A value that is not missing is a text. Effect 4 does not distinguish a missing literal from another text.
      return [{ path, reason: issue._tag === "InvalidType" && issue.ast._tag === "String" ? "missing" : "invalid" }]
  }
}

/** A value that is parsed from text; undefined if it is missing. Its failure does not repeat the text, as those of `Config` do. */
export const parsed = <A>(
  name: string,
  parse: (text: string) => Result.Result<A, string>,
  // A config of Effect 4 has no description.
  _description: string
): Config.Config<A | undefined> =>
  Config.String(name).pipe(
    Config.mapEffect((text) => Effect.fromResult(Result.mapError(parse(text), (problem) => unreadable(name, problem)))),
    Config.withDefault(undefined)
  )

const unreadable = (name: string, message: string): Failure =>
  new Config.ConfigError(
    new Schema.SchemaError(new SchemaIssue.Pointer([name], new SchemaIssue.InvalidValue({ message })))
  )

/** The provider of the program. */
export const provider: Effect.Effect<ConfigProvider.ConfigProvider> = ConfigProvider.ConfigProvider

/** Runs an effect that reads configs with another provider. */
export const withProvider: (
  provider: ConfigProvider.ConfigProvider
) => <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R> = Effect.provideService(
  ConfigProvider.ConfigProvider
)

/** How the text of a variable is read: undefined if there is no value, a failure if it is white space only. */
export type ValueOf = (variable: string, text: string) => Result.Result<string | undefined, string>

/** Reads a config from the variables of a provider. Their names are `prefix` and those of the values, in constant case. */
export const fromVariables = <A>(
  config: Config.Config<A>,
  prefix: string,
  valueOf: ValueOf
): Effect.Effect<A, Failure> =>
  Effect.flatMap(provider, (provider) =>
    Effect.mapError(
      Config.nested(config, prefix).parse(ConfigProvider.constantCase(variablesOf(provider, valueOf))),
      (failure) => failure.cause._tag === "SchemaError" ? inConstantCase(failure, prefix) : failure
    ))

const inConstantCase = (failure: Failure, prefix: string): Failure =>
  new Config.ConfigError(
    new VariableError(Arr.map(problemsOf(failure), ({ path, reason }) => ({
      path: path[0] === prefix ? path.map(Str.configCase) : path,
      reason
    })))
  )

/** A provider whose paths are the names of variables in `provider`. Each of its values is one text. */
const variablesOf = (provider: ConfigProvider.ConfigProvider, valueOf: ValueOf): ConfigProvider.ConfigProvider =>
  ConfigProvider.make((path) => {
    const variable = path.join("_")
    const failed = (reason: Problem["reason"]) => new VariableError([{ path: [variable], reason }])
    return provider.load([variable]).pipe(
      Effect.mapError(() => failed("unavailable")),
      Effect.flatMap((node) => {
        const value = node?.value === undefined ? Result.succeed(undefined) : valueOf(variable, node.value)
        return Result.isFailure(value)
          ? Effect.fail(failed("blank"))
          : Effect.succeed(value.success === undefined ? undefined : ConfigProvider.makeValue(value.success))
      })
    )
  })

/**
 * The names of the variables of a provider that have a value and begin with `prefix`. A provider that renames its names has
 * none, because it does not read the names that it lists. A provider with a fallback lists its own names, or those of the
 * fallback if it has no name with this prefix and both split their names.
 */
export const variablesWith = (
  provider: ConfigProvider.ConfigProvider,
  prefix: string
): Effect.Effect<ReadonlyArray<string>> =>
  namesBelow(provider, prefix, []).pipe(
    Effect.map((names) => names.filter((name) => name.startsWith(prefix))),
    Effect.flatMap(Effect.filter((name) => isSet(provider, name)))
  )

// A provider that returns the same children for every path has no end.
const mostWords = 8

/** The names below a path: a provider of the environment splits them at each `_`, other providers keep them whole. */
const namesBelow = (
  provider: ConfigProvider.ConfigProvider,
  prefix: string,
  path: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<string>> =>
  path.length >= mostWords ? Effect.succeed([]) : provider.load(path).pipe(
    Effect.orElseSucceed(() => undefined),
    Effect.map(childrenOf),
    // The names that a provider lists hide those of its fallback.
    Effect.map((children) => path.length > 0 ? children : [...new Set(children).add(firstWord(prefix))]),
    Effect.map((children) => children.map((child) => [...path, child])),
    Effect.map((paths) => paths.filter(([first = ""]) => `${first}_`.startsWith(prefix))),
    Effect.flatMap(
      Effect.forEach((path) => Effect.map(namesBelow(provider, prefix, path), (names) => [path.join("_"), ...names]))
    ),
    Effect.map((names) => names.flat())
  )

const firstWord = (prefix: string): string => prefix.slice(0, prefix.indexOf("_"))

// If all names below a path are numbers, the environment shows the greatest one only.
const mostNumbers = 100

const childrenOf = (node: ConfigProvider.Node | undefined): ReadonlyArray<string> =>
  node?._tag === "Record"
    ? [...node.keys]
    : node?._tag === "Array"
    ? Array.from({ length: Math.min(node.length, mostNumbers) }, (_, index) => `${index}`)
    : []

// The value is read to learn whether there is one, and is dropped.
const isSet = (provider: ConfigProvider.ConfigProvider, name: string): Effect.Effect<boolean> =>
  Effect.match(provider.load([name]), {
    onFailure: () => false,
    onSuccess: (node) => node?.value !== undefined && node.value !== ""
  })
