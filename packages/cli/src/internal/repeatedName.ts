/**
 * The first name that an object of a valid JSON text has twice, if there is one. `JSON.parse` keeps the last value, other programs
 * keep the first.
 *
 * @internal
 */
export const repeatedName = (json: string): string | undefined => {
  const objects: Array<Set<string>> = []
  for (let at = 0; at < json.length; at++) {
    if (json[at] === "{") {
      objects.push(new Set())
    } else if (json[at] === "}") {
      objects.pop()
    } else if (json[at] === "\"") {
      const end = endOfText(json, at)
      afterName.lastIndex = end
      if (afterName.test(json)) {
        const name = String(JSON.parse(json.slice(at, end)))
        if (objects.at(-1)?.has(name) === true) {
          return name
        }
        objects.at(-1)?.add(name)
      }
      at = end - 1
    }
  }
  return undefined
}

const afterName = /\s*:/y

// A regular expression would overflow the stack at a long text.
const endOfText = (json: string, start: number): number => {
  let end = start + 1
  while (end < json.length && json[end] !== "\"") {
    end += json[end] === "\\" ? 2 : 1
  }
  return end + 1
}
