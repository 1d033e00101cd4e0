import * as Command from "@effect/cli/Command"
import type * as ReturnCode from "@jindouyun/core/ReturnCode"
import * as TokenRecord from "@jindouyun/core/TokenRecord"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { pad } from "../internal/columns.js"
import * as flags from "../internal/flags.js"
import * as Output from "../internal/Output.js"
import * as Session from "../internal/Session.js"
import { summaries } from "../internal/summaries.js"
import * as times from "../internal/times.js"
import { waitingForStore } from "../internal/waiting.js"
import type { Language } from "../Language.js"
import { type Source, sourceNames } from "../Settings.js"

/** @internal */
export const status = (language: Language) =>
  Command.make("status", flags.common(language), (given) =>
    Effect.gen(function*() {
      const session = yield* Session.open(given)
      const { config, sources, store, username } = session.settings
      const now = yield* Clock.currentTimeMillis
      const record = Option.isNone(username)
        ? Option.none()
        : yield* Effect.scoped(
          Effect.flatMap(Session.storeOf(session), (store) => store.load(Session.keyOf(session, username.value.value)))
        ).pipe(waitingForStore)
      const password = Option.isNone(username) ? "none" : yield* Session.passwordAt(session, username.value.value)
      const pair = Option.getOrNull(Option.flatMap(record, ({ pair }) => pair))
      const refusedCredentials = Option.getOrNull(
        Option.flatMap(record, (record) => TokenRecord.withDispositions(record, config.returnCodes).refusedCredentials)
      )
      const lived = (until: number) => ({
        expiresAt: times.iso(until),
        secondsLeft: Math.max(0, Math.floor((until - now) / 1000))
      })
      const place = store.value === "file" ? session.places.tokens : undefined
      yield* Output.result(
        {
          username: Option.getOrNull(username),
          baseUrl: sources.baseUrl,
          store: { ...store, ...(place === undefined ? {} : { place }) },
          generation: Option.getOrNull(Option.map(record, ({ generation }) => generation)),
          accessToken: pair === null ? null : lived(pair.accessExpiresAt),
          refreshToken: pair === null ? null : lived(pair.refreshExpiresAt),
          refusedLogin: refusedCredentials === null ? null : refusedCredentials.failure._tag,
          password
        },
        [
          line(
            { en: "account", zh: "账号" },
            Option.match(username, {
              onNone: () => ({ en: "none: run jindouyun login", zh: "无：请运行 jindouyun login" }),
              onSome: ({ source, value }) => from(value, source)
            })
          ),
          line({ en: "platform", zh: "平台" }, from(config.baseUrl, sources.baseUrl.source)),
          line(
            { en: "store", zh: "存储" },
            place === undefined ? from(store.value, store.source) : {
              en: from(`${store.value}, ${place}`, store.source).en,
              zh: from(`${store.value}，位于 ${place}`, store.source).zh
            }
          ),
          line({ en: "access", zh: "accessToken" }, pair === null ? noToken : times.life(pair.accessExpiresAt, now)),
          line({ en: "refresh", zh: "refreshToken" }, pair === null ? noToken : times.life(pair.refreshExpiresAt, now)),
          ...Option.match(record, {
            onNone: () => [],
            onSome: ({ generation }) => [
              line({ en: "generation", zh: "代次" }, { en: String(generation), zh: String(generation) })
            ]
          }),
          ...(refusedCredentials === null
            ? []
            : [
              line({ en: "login", zh: "登录" }, {
                en: `was refused (${refusedCredentials.failure._tag}); the same password is not sent again`,
                zh: `被拒绝（${refusedCredentials.failure._tag}），不会再次发送同一密码`
              })
            ]),
          line({ en: "password", zh: "密码" }, passwords[password])
        ].map((line) => line[language])
      )
    })).pipe(
      Command.withDescription(summaries.status[language])
    )

const line = (name: ReturnCode.Localized, text: ReturnCode.Localized): ReturnCode.Localized => ({
  en: `${name.en.padEnd(11)} ${text.en}`,
  zh: `${pad(name.zh, 12)} ${text.zh}`
})

const from = (value: string, source: Source): ReturnCode.Localized => ({
  en: `${value} (${sourceNames[source].en})`,
  zh: `${value}（${sourceNames[source].zh}）`
})

const noToken = { en: "no token is stored", zh: "没有保存的 Token" }

const passwords = {
  environment: { en: "from JINDOUYUN_PASSWORD", zh: "来自 JINDOUYUN_PASSWORD" },
  remembered: {
    en: "remembered, encrypted with JINDOUYUN_ENCRYPTION_KEY",
    zh: "已保存，用 JINDOUYUN_ENCRYPTION_KEY 加密"
  },
  encrypted: {
    en: "remembered, but JINDOUYUN_ENCRYPTION_KEY is not set",
    zh: "已保存，但未设置 JINDOUYUN_ENCRYPTION_KEY"
  },
  none: { en: "not available", zh: "无" }
}
