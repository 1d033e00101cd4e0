import * as Array from "effect/Array"
import * as Option from "effect/Option"
import type * as ParseResult from "effect/ParseResult"
import * as AST from "effect/SchemaAST"

/**
 * A wrong field, its problem, and the expected value.
 *
 * @internal
 */
export interface Problem {
  readonly field: string
  readonly problem: string
  readonly expected: string
}

/**
 * The problems of a body, field by field. The formatters of Schema repeat their input, passwords included. A problem
 * repeats no text, and no value of a secret field.
 *
 * @internal
 */
export const of = (issue: ParseResult.ParseIssue): ReadonlyArray<Problem> => walk(issue, [], undefined)

const walk = (
  issue: ParseResult.ParseIssue,
  path: ReadonlyArray<PropertyKey>,
  expected: string | undefined
): ReadonlyArray<Problem> => {
  const leaf = (problem: string, right: string): ReadonlyArray<Problem> => [
    { field: path.length === 0 ? "body" : path.map(String).join("."), problem, expected: expected ?? right }
  ]
  switch (issue._tag) {
    case "Pointer":
      return walk(issue.issue, [...path, ...Array.ensure(issue.path)], undefined)
    case "Refinement":
    case "Transformation":
      // The outermost description is used: it describes the whole value, not a step of its decoding.
      return walk(issue.issue, path, expected ?? Option.getOrUndefined(AST.getDescriptionAnnotation(issue.ast)))
    case "Composite": {
      const inner = Array.ensure(issue.issues)
      if (!AST.isUnion(issue.ast)) {
        const names = namesOf(issue.ast)
        return inner.flatMap((inner) =>
          inner._tag === "Pointer" && inner.issue._tag === "Unexpected"
            ? walk(inner.issue, [...path, ...Array.ensure(inner.path)], names)
            : walk(inner, path, expected)
        )
      }
      // An optional field is a union with `undefined`; the problem of the other member is reported.
      const [only, ...others] = inner.filter((inner) => !(inner._tag === "Type" && AST.isUndefinedKeyword(inner.ast)))
      return only !== undefined && others.length === 0
        ? walk(only, path, expected)
        : leaf(found(issue.actual, path), right(issue.ast))
    }
    case "Missing":
      return leaf("is missing", right(issue.ast.type))
    case "Unexpected":
      return leaf("is not known", "nothing")
    case "Type":
    case "Forbidden":
      return leaf(found(issue.actual, path), right(issue.ast))
  }
}

const namesOf = (ast: AST.AST): string | undefined => {
  if (!AST.isTypeLiteral(ast)) {
    return undefined
  }
  const [others] = ast.indexSignatures
  return others === undefined
    ? `one of ${ast.propertySignatures.map(({ name }) => String(name)).join(", ")}`
    : right(others.parameter)
}

const secret = new Set<PropertyKey | undefined>(["password", "token"])

const found = (actual: unknown, path: ReadonlyArray<PropertyKey>): string =>
  actual === null
    ? "is null"
    : globalThis.Array.isArray(actual)
    ? "is a list"
    : typeof actual === "string"
    ? "is a text that does not fit"
    : typeof actual === "object"
    ? "is an object that does not fit"
    : secret.has(path.at(-1)) || path.length === 0
    ? `is a ${typeof actual}`
    : `is ${String(actual)}`

const right = (ast: AST.AST): string => {
  const types: ReadonlyArray<AST.AST> = AST.isUnion(ast) ? ast.types : [ast]
  const literals = types.filter(AST.isLiteral)
  if (literals.length === types.length) {
    return literals.map(({ literal }) => JSON.stringify(literal)).join(" or ")
  }
  switch (ast._tag) {
    case "StringKeyword":
      return "a text"
    case "NumberKeyword":
      return "a number"
    case "BooleanKeyword":
      return "true or false"
    case "TypeLiteral":
      return Option.getOrElse(AST.getDescriptionAnnotation(ast), () => "an object")
    case "Transformation":
      return Option.getOrElse(AST.getDescriptionAnnotation(ast), () => right(ast.from))
    default:
      return Option.getOrElse(AST.getDescriptionAnnotation(ast), () => String(ast))
  }
}
