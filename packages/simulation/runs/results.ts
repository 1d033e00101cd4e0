import { readFileSync, writeFileSync } from "node:fs"
import { fill } from "../../../scripts/section.js"

/** Writes the part of RESULTS.md that a run produced. */
export const write = (name: string, content: string): void => {
  const page = new URL("../RESULTS.md", import.meta.url)
  writeFileSync(page, fill(readFileSync(page, "utf8"), name, content))
}

/** A table in Markdown. */
export const table = (heads: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [heads, heads.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n")
