import type * as OpenApi from "@effect/platform/OpenApi"
import type * as JsonSchema from "@effect/platform/OpenApiJsonSchema"

/**
 * Every HttpApi promises a 400 of its own making to what it cannot decode. Ours have raw handlers, and never answer it.
 *
 * @internal
 */
export const withoutDecodeError = (spec: OpenApi.OpenAPISpec): OpenApi.OpenAPISpec => {
  const { HttpApiDecodeError: _error, Issue: _issue, PropertyKey: _key, ...schemas } = spec.components.schemas
  for (const path of Object.values(spec.paths)) {
    for (const { responses } of Object.values(path)) {
      const json = responses[400]?.content?.["application/json"]
      const schemas = json === undefined ? [] : alternatives(json.schema)
      const [own] = schemas.filter((schema) => !("$ref" in schema && schema.$ref.endsWith("/HttpApiDecodeError")))
      if (own === undefined) {
        delete responses[400]
      } else {
        responses[400] = {
          description: "The body is not what is taken here",
          content: { "application/json": { schema: own } }
        }
      }
    }
  }
  return { ...spec, components: { ...spec.components, schemas } }
}

const alternatives = (schema: JsonSchema.JsonSchema): ReadonlyArray<JsonSchema.JsonSchema> =>
  "anyOf" in schema && !("$id" in schema) ? schema.anyOf : [schema]
