import type { Language } from "../Language.js"
import { optionTexts } from "./optionTexts.js"

/**
 * A completion script of the parser with our texts for the options that the parser adds, and without its `--wizard`,
 * which exists in English only.
 *
 * @internal
 */
export const translated = (script: string, language: Language): string =>
  texts.reduce(
    (script, [english, option]) => script.replaceAll(english, optionTexts[option][language]),
    script.replace(/^.*--wizard\[.*\n|^.* -l wizard .*\n/gm, "").replaceAll(" --wizard", "")
  )

const texts = [
  ["Generate a completion script for a specific shell.", "--completions"],
  ["Sets the minimum log level for a command.", "--log-level"],
  ["Show the help documentation for a command.", "--help"],
  ["Show the version of the application.", "--version"]
] as const
