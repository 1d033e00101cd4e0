import * as Options from "@effect/cli/Options"
import type * as Option from "effect/Option"
import { storeKinds } from "../Settings.js"

/**
 * The options that each command takes which talks to the platform or looks at what is kept.
 *
 * @internal
 */
export const common = {
  username: Options.optional(
    Options.withDescription(
      Options.withAlias(Options.text("username"), "u"),
      "The account (JINDOUYUN_USERNAME); else the one of the last login"
    )
  ),
  baseUrl: Options.optional(
    Options.withDescription(Options.text("base-url"), "Where the platform is (JINDOUYUN_BASE_URL)")
  ),
  store: Options.optional(
    Options.withDescription(
      Options.choice("store", storeKinds),
      "Where the pair is kept (JINDOUYUN_STORE); file unless told otherwise, redis goes by JINDOUYUN_REDIS_URL"
    )
  ),
  set: Options.withDescription(
    Options.repeated(Options.text("set")),
    "Any other setting, as --set earlyRefresh=0; jindouyun doctor lists them all"
  ),
  config: Options.optional(
    Options.withDescription(
      Options.text("config"),
      "Another config file than config.json in the folder jindouyun of XDG_CONFIG_HOME"
    )
  ),
  json: Options.withDescription(Options.boolean("json"), "Print JSON, errors too")
}

/**
 * What was given of them.
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
