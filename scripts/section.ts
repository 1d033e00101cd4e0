// Parts of documents that are written by a run, each between two comments that name it.
import { readFileSync, writeFileSync } from "node:fs"

export const fill = (page: string, name: string, content: string): string => {
  const begin = `<!-- ${name} -->`
  const end = `<!-- /${name} -->`
  const [before, rest] = page.split(begin)
  const after = rest?.split(end)[1]
  if (after === undefined) {
    throw new Error(`no place for ${name}`)
  }
  const gap = content.startsWith("```") ? "\n" : "\n\n"
  return `${before}${begin}${gap}${content}${gap}${end}${after}`
}

/** Writes a part of a page of `docs`. */
export const write = (page: string, name: string, content: string): void => {
  const document = new URL(`../docs/${page}.md`, import.meta.url)
  writeFileSync(document, fill(readFileSync(document, "utf8"), name, content))
}
