/** The JSON text of a value that was parsed from one. */
const texts = new WeakMap<object, string>()

/**
 * Parses a JSON text, and keeps the text of an object: `JSON.parse` changes numbers such as 1285704473650888702 and 1.0.
 *
 * @internal
 */
export const parse = (text: string): unknown => {
  const value: unknown = JSON.parse(text)
  if (typeof value === "object" && value !== null) {
    texts.set(value, text.trim())
  }
  return value
}

/**
 * The JSON of a value: the text from which it was parsed, unless the value was changed since.
 *
 * @internal
 */
export const of = (value: unknown): string => {
  const json = JSON.stringify(value)
  const text = typeof value === "object" && value !== null ? texts.get(value) : undefined
  return text !== undefined && JSON.stringify(JSON.parse(text)) === json ? text : json
}

/**
 * The JSON of an object with the fields of two objects.
 *
 * @internal
 */
export const joined = (one: string, other: string): string =>
  `{${[one, other].map((json) => json.slice(1, -1).trim()).filter((fields) => fields !== "").join(",")}}`
