import * as Command from "@effect/cli/Command"
import type * as ReturnCode from "@jindouyun/core/ReturnCode"
import * as Effect from "effect/Effect"
import * as flags from "../internal/flags.js"
import * as LastLogin from "../internal/LastLogin.js"
import * as Output from "../internal/Output.js"
import * as passwords from "../internal/passwords.js"
import * as Session from "../internal/Session.js"
import { summaries } from "../internal/summaries.js"
import { waitingForStore } from "../internal/waiting.js"
import type { Language } from "../Language.js"

/** @internal */
export const logout = (language: Language) =>
  Command.make("logout", flags.common(language), (given) =>
    Effect.gen(function*() {
      const session = yield* Session.open(given)
      const username = yield* Session.usernameOf(session)
      const { baseUrl } = session.settings.config
      const key = Session.keyOf(session, username)
      yield* Effect.flatMap(Session.storeOf(session), (store) => store.clear(key)).pipe(Effect.scoped, waitingForStore)
      yield* passwords.forget({ places: session.places, key })
      yield* LastLogin.forget(session.places, { username, baseUrl })
      const line: ReturnCode.Localized = session.settings.store.value === "none"
        ? {
          en: `--store none has no pair to delete; a pair of ${username} in another store is not deleted`,
          zh: `--store none 没有可删除的 Token；${username} 在其他存储中的 Token 不会被删除`
        }
        : {
          en: `${username} is logged out on this machine; no request was sent`,
          zh: `${username} 已在本机退出登录；未发送请求`
        }
      yield* Output.result({ username, baseUrl, stored: false }, [line[language]])
    })).pipe(Command.withDescription(summaries.logout[language]))
