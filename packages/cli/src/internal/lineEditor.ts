/**
 * A line that is being typed: its characters before and after the cursor.
 *
 * @internal
 */
export interface Line {
  readonly before: ReadonlyArray<string>
  readonly after: ReadonlyArray<string>
}

/** @internal */
export const empty: Line = { before: [], after: [] }

/** @internal */
export const textOf = ({ after, before }: Line): string => [...before, ...after].join("")

/**
 * A key as `node:readline` decodes it from the bytes of a terminal. The text is missing for an escape sequence.
 *
 * @internal
 */
export interface Key {
  readonly text: string | undefined
  readonly name: string | undefined
  readonly ctrl: boolean
}

/**
 * The line after a key; `"enter"` or `"cancel"` if the key ends the input. `undefined` for a key without a meaning: no
 * control character or escape sequence becomes a part of the line.
 *
 * @internal
 */
export const press = (
  { after, before }: Line,
  { ctrl, name = "", text }: Key
): Line | "enter" | "cancel" | undefined => {
  switch (ctrl ? `ctrl-${name}` : name) {
    case "return":
    case "enter":
      return "enter"
    case "ctrl-c":
      return "cancel"
    case "ctrl-d":
      return before.length + after.length === 0 ? "cancel" : { before, after: after.slice(1) }
    case "delete":
      return { before, after: after.slice(1) }
    case "backspace":
    case "ctrl-h":
      return { before: before.slice(0, -1), after }
    case "ctrl-u":
      return { before: [], after }
    case "ctrl-k":
      return { before, after: [] }
    case "ctrl-w":
      return { before: Array.from(before.join("").replace(/\S*\s*$/, "")), after }
    case "ctrl-a":
    case "home":
      return { before: [], after: [...before, ...after] }
    case "ctrl-e":
    case "end":
      return { before: [...before, ...after], after: [] }
    case "ctrl-b":
    case "left":
      return { before: before.slice(0, -1), after: [...before.slice(-1), ...after] }
    case "ctrl-f":
    case "right":
      return { before: [...before, ...after.slice(0, 1)], after: after.slice(1) }
    case "paste-start":
    case "paste-end":
      return { before, after }
    default:
      return text === undefined || ctrl || /\p{Cc}/u.test(text) ? undefined : { before: [...before, text], after }
  }
}
