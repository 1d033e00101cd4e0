/** Finds English in a text that should be Chinese. */

// Names, paths and values, which are the same in each language.
const neutral = [
  /^ *\$ .*$/,
  /https?:\/\/[^\s，。（）；]+|redis:\/\/[^\s，。（）；]+/g,
  /(^|[\s：（，])[~.]?(\/[\w.@-]+)+\/?/g,
  /\bjindouyun( (token|refresh|status|login|logout|call|doctor|sandbox|help( [a-z-]+)?))?\b/g,
  /--?[a-zA-Z][\w-]*(=\S+)?/g,
  /\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b/g,
  /"[^"]*"|“[^”]*”|'[^']*'/g,
  /\b[0-9]+ (second|minute|hour|day|milli)s?\b/g,
  /\b[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z/g,
  /<redacted>/g,
  /\bopenssl rand\b|\bToken\b/g
]

const han = /\p{Script=Han}/u

// One of these words in a Chinese line is the rest of an English sentence.
const small =
  /\b(?:the|an?|is|are|was|has|of|or|and|in|by|at|no|not|with|than|for|from|must|missing|expected|until|within)\b/

/** The lines that have a sentence, a heading or a label in English, with the part that was found. */
export const englishIn = (text: string): ReadonlyArray<string> =>
  text.split("\n").flatMap((line) => {
    const rest = neutral.reduce((rest, pattern) => rest.replace(pattern, " · "), line)
    const found = han.test(rest)
      ? (/[A-Za-z']+(?: [A-Za-z']+){2,}/.exec(rest) ?? small.exec(rest))?.[0]
      : /^[A-Z]?[a-z]+: *$|^[A-Z]{3,}$|[A-Za-z']+ [A-Za-z']+/.exec(rest)?.[0]
    return found === undefined ? [] : [`${found}: ${line}`]
  })
