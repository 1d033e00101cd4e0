import * as Context from "effect/Context"
import * as Option from "effect/Option"
import type { Runner } from "./edition/runner.js"

/**
 * The runner of all providers of `Accounts`. Without it each provider makes a runner, which keeps the context of the fiber that made
 * the provider in memory.
 */
export class SharedRunner extends Context.Reference<SharedRunner>()("@jindouyun/core/SharedRunner", {
  defaultValue: (): Option.Option<Runner<never>> => Option.none()
}) {}
