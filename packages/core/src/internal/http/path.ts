import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"

/** The names of the parameters of a path. */
export const namesOf = (path: string): ReadonlyArray<string> => path.split("/").filter(isNamed).map(withoutColon)

/** Writes a value into each segment that names a parameter. The left side is the problem and repeats no value. */
export const fill = (path: string, parameters: unknown): Either.Either<string, string> =>
  Either.map(
    Either.all(
      path.split("/").map((segment) =>
        isNamed(segment) ? valueOf(parameters, withoutColon(segment)) : Either.right(segment)
      )
    ),
    (segments) => segments.join("/")
  )

const isNamed = (segment: string): boolean => segment.startsWith(":")

const withoutColon = (segment: string): string => segment.slice(1)

const valueOf = (parameters: unknown, name: string): Either.Either<string, string> => {
  const value: unknown = Predicate.isRecord(parameters) && Object.hasOwn(parameters, name)
    ? parameters[name]
    : undefined
  const text = isWritable(value) ? String(value) : undefined
  if (text === undefined) {
    return Either.left(`${name} is missing or is no text, number or boolean, and the path needs it`)
  }
  // A URL parser removes these segments, also in their percent-encoded form.
  if (text === "" || text === "." || text === "..") {
    return Either.left(`${name} is empty, . or .., which cannot be a segment of the path`)
  }
  return Either.try({
    try: () => encodeURIComponent(text),
    catch: () => `${name} contains half of a surrogate pair, which cannot be written in the path`
  })
}

const isWritable = (value: unknown): value is string | number | bigint | boolean =>
  Predicate.isString(value) || Number.isFinite(value) || Predicate.isBigInt(value) || Predicate.isBoolean(value)
