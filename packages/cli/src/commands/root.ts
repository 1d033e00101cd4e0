import * as Command from "@effect/cli/Command"
import { call } from "./call.js"
import { doctor } from "./doctor.js"
import { login } from "./login.js"
import { logout } from "./logout.js"
import { refresh } from "./refresh.js"
import { sandbox } from "./sandbox.js"
import { status } from "./status.js"
import { token } from "./token.js"

/** @internal */
export const root = Command.make("jindouyun").pipe(
  Command.withDescription("The access token of the Jindouyun open platform, for shells and scripts"),
  Command.withSubcommands([token, refresh, status, login, logout, call, doctor, sandbox])
)
