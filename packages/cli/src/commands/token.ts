import * as Command from "@effect/cli/Command"
import * as flags from "../internal/flags.js"
import { printToken } from "../internal/printToken.js"
import { summaries } from "../internal/summaries.js"
import type { Language } from "../Language.js"

/** @internal */
export const token = (language: Language) =>
  Command.make("token", flags.common(language), printToken).pipe(Command.withDescription(summaries.token[language]))
