import * as Command from "@effect/cli/Command"
import { title } from "../internal/help.js"
import type { Language } from "../Language.js"
import { call } from "./call.js"
import { doctor } from "./doctor.js"
import { login } from "./login.js"
import { logout } from "./logout.js"
import { refresh } from "./refresh.js"
import { sandbox } from "./sandbox.js"
import { status } from "./status.js"
import { token } from "./token.js"

/**
 * The commands, with descriptions in a language for the completion scripts.
 *
 * @internal
 */
export const root = (language: Language) =>
  Command.make("jindouyun").pipe(
    Command.withDescription(title[language]),
    Command.withSubcommands([
      token(language),
      refresh(language),
      status(language),
      login(language),
      logout(language),
      call(language),
      doctor(language),
      sandbox(language)
    ])
  )
