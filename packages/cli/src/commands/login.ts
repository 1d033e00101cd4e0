import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import type * as ReturnCode from "@jindouyun/core/ReturnCode"
import * as TokenProvider from "@jindouyun/core/TokenProvider"
import * as TokenRecord from "@jindouyun/core/TokenRecord"
import type * as TokenStore from "@jindouyun/core/TokenStore"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { UsageError } from "../Failure.js"
import * as flags from "../internal/flags.js"
import { Input } from "../internal/Input.js"
import * as LastLogin from "../internal/LastLogin.js"
import * as Output from "../internal/Output.js"
import * as passwords from "../internal/passwords.js"
import * as running from "../internal/running.js"
import * as secret from "../internal/secret.js"
import * as Session from "../internal/Session.js"
import { summaries } from "../internal/summaries.js"
import * as text from "../internal/text.js"
import * as times from "../internal/times.js"
import { waiting } from "../internal/waiting.js"
import type { Language } from "../Language.js"

/** @internal */
export const login = (language: Language) =>
  Command.make("login", {
    ...flags.common(language),
    passwordStdin: flags.described(language)("--password-stdin", Options.boolean("password-stdin")),
    remember: flags.described(language)("--remember", Options.boolean("remember"))
  }, (given) =>
    Effect.gen(function*() {
      const session = yield* Session.open(given)
      const { baseUrl } = session.settings.config
      const { keys, places } = session
      if (given.remember) {
        // Checked before the command asks for the password.
        yield* keys.encryptionKey === undefined ? passwords.withoutKey : TokenRecord.make(keys)
      }
      const username = yield* nameOf(session)
      const { password, passwordFrom } = yield* passwordOf(session, given.passwordStdin, username)
      const status = yield* running.runToStore(
        session,
        username,
        Effect.flatMap(
          TokenProvider.TokenProvider,
          (provider) => Effect.zipRight(provider.accessToken, provider.status)
        ),
        { password, passwordFrom, store: forSigningIn }
      ).pipe(waiting(session))
      const key = Session.keyOf(session, username)
      // A password that was remembered earlier may be out of date.
      yield* given.remember ? passwords.remember({ key, keys, password, places }) : passwords.forget({ key, places })
      yield* LastLogin.write(places, { username, baseUrl })
      const now = yield* Clock.currentTimeMillis
      const until = Option.getOrNull(Option.map(status.accessExpiresAt, DateTime.toEpochMillis))
      const store = session.settings.store.value
      const life = until === null ? undefined : times.life(until, now)
      const lines: ReadonlyArray<ReturnCode.Localized> = [
        {
          en: `${username} is logged in at ${baseUrl}${life === undefined ? "" : `: the access token is ${life.en}`}`,
          zh: `${username} 已登录 ${baseUrl}${life === undefined ? "" : `：accessToken ${life.zh}`}`
        },
        ...(store === "none" ? [notStored] : [])
      ]
      yield* Output.result({
        username,
        baseUrl,
        store,
        generation: status.generation,
        accessExpiresAt: until === null ? null : times.iso(until),
        remembered: given.remember
      }, lines.map((line) => line[language]))
    })).pipe(Command.withDescription(summaries.login[language]))

// A login always sends a request, even if the store has a valid pair. A refused login leaves the stored pair unchanged:
// after a mistyped password the user is still logged in.
const forSigningIn = (store: TokenStore.Service): TokenStore.Service => ({
  ...store,
  load: (key) =>
    Effect.map(
      store.load(key),
      Option.map((record) => ({
        ...record,
        pair: Option.none(),
        refusedCredentials: Option.none(),
        earlierRefusals: []
      }))
    ),
  save: (key, record, lease) => Option.isNone(record.pair) ? Effect.succeed(true) : store.save(key, record, lease)
})

const nameOf = (session: Session.Session) =>
  Effect.gen(function*() {
    const known = session.settings.username
    const input = yield* Input
    if (Option.isSome(known) && (known.value.source !== "last login" || !input.isTerminal)) {
      return known.value.value
    }
    const last = Option.match(known, { onNone: () => "", onSome: ({ value }) => value })
    const { language } = yield* Output.Output
    const shown = last === "" ? "" : ` [${last}]`
    const typed = yield* input.ask({ en: `Username${shown}: `, zh: `用户名${shown}：` }[language], { isSecret: false })
    const name = typed.trim() === "" ? last : typed.trim()
    const problem = secret.problemOfName(name)
    return name !== "" && problem === undefined ? name : yield* new UsageError({
      problem: problem === undefined
        ? { en: "no username was given", zh: "没有给出用户名" }
        : { en: `the username ${problem.en}`, zh: `用户名${problem.zh}` },
      hint: {
        en: "Set the account with --username or JINDOUYUN_USERNAME.",
        zh: "请用 --username 或 JINDOUYUN_USERNAME 指定账号。"
      }
    })
  })

/** @internal */
export const notStored: ReturnCode.Localized = {
  en: "the pair is not stored (--store none)",
  zh: "Token 未保存（--store none）"
}

const piped = { en: "the password at stdin", zh: "标准输入中的密码" }

const typed = { en: "the password that was typed", zh: "输入的密码" }

const passwordOf = (session: Session.Session, isPiped: boolean, username: string) =>
  Effect.gen(function*() {
    const input = yield* Input
    if (!isPiped && Option.isSome(session.password)) {
      return { password: session.password.value, passwordFrom: running.variable }
    }
    const { language } = yield* Output.Output
    const passwordFrom = isPiped ? piped : typed
    const password = isPiped
      ? (yield* text.fromBytes(yield* input.all, piped)).replace(/\r?\n$/, "")
      : yield* input.ask({ en: `Password of ${username}: `, zh: `${username} 的密码：` }[language], { isSecret: true })
    const problem = secret.problemOf(password)
    return problem === undefined ? { password: Redacted.make(password), passwordFrom } : yield* new UsageError({
      problem: { en: `${passwordFrom.en} ${problem.en}`, zh: `${passwordFrom.zh}${problem.zh}` },
      hint: { en: "No request was sent; try again.", zh: "未发送请求，请重试。" }
    })
  })
