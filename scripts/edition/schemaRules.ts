/** What `effect/Schema` of Effect 4 writes in another form. */
import { type Conversion, type Node, required, type Rule, UnknownForm } from "./conversion.js"

export const schemaRules: { readonly [member: string]: Rule } = {
  // Literal("a", "b") → Literals(["a", "b"])
  Literal: (conversion, node, call) => {
    if (call !== undefined && (call.arguments.length > 1 || call.arguments[0].type === "SpreadElement")) {
      conversion.renameMember(node, "Literals")
      conversion.wrap(call.arguments, "[", "]")
    }
  },
  // Union(a, b) → Union([a, b])
  Union: (conversion, _node, call) => {
    if (call !== undefined) {
      conversion.wrap(call.arguments, "[", "]")
    }
  },
  // TaggedError<A>(identifier)(tag, fields) → TaggedError<A>()(tag, fields): with an identifier, it is the name of the error.
  TaggedError: (conversion, _node, call) => {
    const [identifier] = required(call).arguments
    if (identifier !== undefined) {
      conversion.drop(identifier.start, identifier.end)
    }
  },
  // Record({ key, value }) → Record(key, value)
  Record: (conversion, _node, call) => {
    const [options] = call?.arguments ?? []
    if (options !== undefined) {
      const [key, value] = named(options, "key", "value")
      conversion.drop(options.start, key.value.start)
      conversion.drop(key.value.end, value.value.start)
      conversion.edits.appendLeft(value.value.start, ", ")
      conversion.drop(value.value.end, options.end)
    }
  },
  // Struct({ a: … }).pipe(rename({ a: "b" })) → Struct({ b: … }).pipe(encodeKeys({ b: "a" }))
  rename: (conversion, node, call) => {
    const struct = conversion.parentOf(required(call)).callee?.object
    const fields = struct?.arguments?.[0]?.properties ?? []
    conversion.renameMember(node, "encodeKeys")
    for (const { key, value } of required(call).arguments[0].properties) {
      const field = fields.find((each: Node) => each.key.name === key.name)
      conversion.edits.overwrite(required(field).key.start, field.key.end, value.value)
      conversion.edits.overwrite(key.start, value.end, `${value.value}: ${JSON.stringify(key.name)}`)
    }
  },
  // transform(a, b, { strict, decode, encode }) → a.pipe(decodeTo(b, SchemaTransformation.transform({ decode, encode })))
  transform: (conversion, node, call) => {
    const [from, to, options] = required(call).arguments
    conversion.renameMember(node, "decodeTo")
    pipeFirst(conversion, required(call))
    conversion.drop(required(from).end, required(to).start)
    if (required(options).properties[0]?.key.name === "strict") {
      const [strict, decode] = named(options, "strict", "decode", "encode")
      conversion.drop(strict.start, decode.start)
    } else {
      named(options, "decode", "encode")
    }
    conversion.wrap([options], "SchemaTransformation.transform(", ")")
    conversion.need("SchemaTransformation", "effect/SchemaTransformation")
  },
  // optionalWith(schema, { default }) → schema.pipe(withDecodingDefault(default))
  // optionalWith(schema, { as: "Option", nullable: true }) → OptionFromOptionalNullOr(schema)
  optionalWith: (conversion, node, call) => {
    const [schema, options] = required(call).arguments
    if (options?.properties.map((each: Node) => each.key.name).join() === "as,nullable") {
      conversion.renameMember(node, "OptionFromOptionalNullOr")
      conversion.drop(required(schema).end, options.end)
      return
    }
    const [byDefault] = named(required(options), "default")
    conversion.renameMember(node, "withDecodingDefault")
    pipeFirst(conversion, required(call))
    conversion.drop(required(schema).end, byDefault.value.start)
    conversion.drop(byDefault.value.end, options.end)
    conversion.wrap([byDefault.value], "Effect.sync(", ")")
    conversion.need("Effect", "effect/Effect")
  },
  // filter(predicate) → check(Schema.makeFilter(predicate))
  filter: (conversion, node, call) => {
    conversion.renameMember(node, "check")
    conversion.wrap(required(call).arguments, "Schema.makeFilter(", ")")
  },
  // between(a, b) → check(Schema.isBetween({ minimum: a, maximum: b }))
  between: (conversion, node, call) => {
    const [minimum, maximum] = required(call).arguments
    conversion.renameMember(node, "check")
    conversion.edits.appendLeft(required(minimum).start, "Schema.isBetween({ minimum: ")
    conversion.edits.appendLeft(required(maximum).start, "maximum: ")
    conversion.edits.appendRight(required(maximum).end, " })")
  },
  // pattern(expression) → check(Schema.isPattern(expression))
  pattern: (conversion, node, call) => {
    conversion.renameMember(node, "check")
    conversion.wrap(required(call).arguments, "Schema.isPattern(", ")")
  }
}

/** The properties of an object that has exactly these, in this order. */
const named = (object: Node, ...names: ReadonlyArray<string>): ReadonlyArray<Node> => {
  const properties = object.properties ?? []
  if (properties.map((each: Node) => each.key?.name).join() !== names.join()) {
    throw new UnknownForm()
  }
  return properties
}

/** f(a, …) → a.pipe(f(…)) */
const pipeFirst = (conversion: Conversion, call: Node): void => {
  const [first] = call.arguments
  conversion.edits.move(required(first).start, first.end, call.start)
  conversion.edits.appendLeft(first.end, ".pipe(")
  conversion.edits.appendLeft(call.end, ")")
}
