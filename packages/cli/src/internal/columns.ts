/**
 * Pads a text to a number of terminal columns. A Chinese character takes two.
 *
 * @internal
 */
export const pad = (text: string, columns: number): string => text + " ".repeat(Math.max(0, columns - widthOf(text)))

/** @internal */
export const widthOf = (text: string): number =>
  Array.from(text).reduce((width, character) => width + (wide.test(character) ? 2 : 1), 0)

// Han characters, and the punctuation of Chinese.
const wide = /\p{Script=Han}|[\u3000-\u303f\uff01-\uff60]/u
