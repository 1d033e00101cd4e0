import type * as OpenApi from "@effect/platform/OpenApi"
import type * as JsonSchema from "@effect/platform/OpenApiJsonSchema"

/**
 * Removes the response 400 that `HttpApi` declares for input it cannot decode. Raw handlers never send that response.
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
          description: "The body is not valid",
          content: { "application/json": { schema: own } }
        }
      }
    }
  }
  return { ...spec, components: { ...spec.components, schemas } }
}

const alternatives = (schema: JsonSchema.JsonSchema): ReadonlyArray<JsonSchema.JsonSchema> =>
  "anyOf" in schema && !("$id" in schema) ? schema.anyOf : [schema]

/**
 * Declares the key that a control API may require, so that a page made from the document can send it.
 *
 * @internal
 */
export const withControlKey = (spec: OpenApi.OpenAPISpec, prefix: string, name: string): OpenApi.OpenAPISpec => {
  for (const [path, operations] of Object.entries(spec.paths)) {
    for (const operation of path.startsWith(prefix) ? Object.values(operations) : []) {
      operation.security = [{}, { controlKey: [] }]
    }
  }
  const controlKey = { type: "apiKey", name, in: "header" } as const
  return { ...spec, components: { ...spec.components, securitySchemes: { controlKey } } }
}
