/**
 * Many accounts in one process. A function reads the credentials of an account by its name. The first use of an account makes
 * its provider, which stays until the layer closes. The accounts share the settings of the environment and one retry budget;
 * no timer runs. `accounts.get(name)` is the `TokenProvider` of an account. Names must come from a list of the program:
 * check a name that comes from a request.
 */
import { Accounts, JindouyunConfig } from "@jindouyun/core"
import { Config, Effect, Layer } from "effect"
import { daily } from "../call-a-report.js"

// The account "north" has NORTH_USERNAME and NORTH_PASSWORD.
export const accounts = Accounts.layer((account) =>
  Config.all({ username: Config.string("USERNAME"), password: Config.redacted("PASSWORD") }).pipe(
    Config.nested(account.toUpperCase())
  )
).pipe(Layer.provide(JindouyunConfig.layerFromEnv()))

export const report = (account: string, day: string) =>
  Effect.flatMap(Accounts.Accounts, (accounts) => accounts.client(account).call(daily)({ day }))
