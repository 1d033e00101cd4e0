import * as Command from "@effect/cli/Command"
import { login } from "./login.js"
import { logout } from "./logout.js"
import { refresh } from "./refresh.js"
import { status } from "./status.js"
import { token } from "./token.js"

/** @internal */
export const root = Command.make("jindouyun").pipe(
  Command.withDescription("The access token of the Jindouyun open platform at a shell"),
  Command.withSubcommands([token, refresh, status, login, logout])
)
