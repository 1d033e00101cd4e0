import * as Options from "@effect/cli/Options"
import type * as Option from "effect/Option"
import { storeKinds } from "../Settings.js"

/**
 * The options of every command that uses the platform or the store.
 *
 * @internal
 */
export const common = {
  username: Options.optional(
    Options.withDescription(
      Options.withAlias(Options.text("username"), "u"),
      "The account (JINDOUYUN_USERNAME); by default the account of the last login"
    )
  ),
  baseUrl: Options.optional(
    Options.withDescription(Options.text("base-url"), "The address of the platform (JINDOUYUN_BASE_URL)")
  ),
  store: Options.optional(
    Options.withDescription(
      Options.choice("store", storeKinds),
      "The token store (JINDOUYUN_STORE), file by default; redis needs JINDOUYUN_REDIS_URL"
    )
  ),
  set: Options.withDescription(
    Options.repeated(Options.text("set")),
    "Any other setting, such as --set earlyRefresh=0; jindouyun doctor lists all settings"
  ),
  config: Options.optional(
    Options.withDescription(
      Options.text("config"),
      "The config file; by default jindouyun/config.json in XDG_CONFIG_HOME"
    )
  ),
  json: Options.withDescription(Options.boolean("json"), "Print results and errors as JSON")
}

/**
 * The parsed values of these options.
 *
 * @internal
 */
export interface Given {
  readonly username: Option.Option<string>
  readonly baseUrl: Option.Option<string>
  readonly store: Option.Option<string>
  readonly set: ReadonlyArray<string>
  readonly config: Option.Option<string>
}
