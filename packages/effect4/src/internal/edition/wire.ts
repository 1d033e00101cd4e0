import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import * as SchemaGetter from "effect/SchemaGetter"

const Code = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/**
 * A return code on the wire: a JSON number in the document's table, a string of digits in its example. Only one to nine
 * digits without a leading zero or a safe non-negative integer is a return code.
 */
export const CodeFromWire: Schema.Codec<number, number | string> = Schema.Union([
  Code,
  Schema.String.check(Schema.isPattern(/^(0|[1-9][0-9]{0,8})$/))
]).pipe(
  Schema.decodeTo(Code, { decode: SchemaGetter.Number(), encode: SchemaGetter.passthroughSubtype() })
)

/** A text that is empty if it is missing or no text. */
export const Message = Schema.optionalKey(Schema.Unknown).pipe(
  Schema.decodeTo(Schema.String, {
    decode: SchemaGetter.transformOptional((message) =>
      Option.some(Option.getOrElse(Option.filter(message, Predicate.isString), () => ""))
    ),
    encode: SchemaGetter.passthroughSubtype()
  })
)

/** A field that a constructor may leave out. */
export const withDefault = <S extends Schema.Constraint & Schema.WithoutConstructorDefault>(
  schema: S,
  value: NoInfer<S["~type.make.in"]>
): Schema.withConstructorDefault<S> => Schema.withConstructorDefault<S>(Effect.succeed(value))(schema)

/** The names of the fields that an encoded value must have. */
export const requiredFields = (schema: Schema.Constraint): ReadonlyArray<PropertyKey> =>
  requiredOf(SchemaAST.toEncoded(schema.ast))

const requiredOf = (ast: SchemaAST.AST): ReadonlyArray<PropertyKey> => {
  switch (ast._tag) {
    case "Objects":
      return ast.propertySignatures.flatMap(({ name, type }) => SchemaAST.isOptional(type) ? [] : [name])
    case "Union": {
      const [names = [], ...others] = ast.types.map(requiredOf)
      return names.filter((name) => others.every((others) => others.includes(name)))
    }
    case "Suspend":
      return requiredOf(ast.thunk())
    default:
      return []
  }
}
