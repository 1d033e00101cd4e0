import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"

const Code = Schema.NonNegativeInt.pipe(Schema.filter(Number.isSafeInteger))

/**
 * A return code on the wire: a JSON number in the document's table, a string of digits in its example. Only one to nine
 * digits without a leading zero or a safe non-negative integer is a return code.
 */
export const CodeFromWire: Schema.Schema<number, number | string> = Schema.transform(
  Schema.Union(Code, Schema.String.pipe(Schema.pattern(/^(0|[1-9][0-9]{0,8})$/))),
  Code,
  { strict: true, decode: Number, encode: (code) => code }
)

/** A text that is empty if it is missing or no text. */
// `Schema.optionalWith` does the same and adds all its variants to every bundle.
export const Message = Schema.optionalToRequired(Schema.Unknown, Schema.String, {
  decode: (message) => Option.getOrElse(Option.filter(message, Predicate.isString), () => ""),
  encode: Option.some
})

/** A field that a constructor may leave out. */
export const withDefault = <A>(schema: Schema.Schema<A>, value: NoInfer<A>) =>
  Schema.withConstructorDefault(Schema.propertySignature(schema), () => value)

/** The names of the fields that an encoded value must have. */
export const requiredFields = (schema: Schema.Schema.All): ReadonlyArray<PropertyKey> =>
  SchemaAST.getPropertySignatures(SchemaAST.encodedAST(schema.ast)).flatMap(({ isOptional, name }) =>
    isOptional ? [] : [name]
  )
