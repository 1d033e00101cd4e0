import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as FileSystem from "@effect/platform/FileSystem"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as FileTokenStore from "@jindouyun/core/FileTokenStore"
import { fromTransportError, StoreFailure } from "@jindouyun/core/JindouyunError"
import type * as ReturnCode from "@jindouyun/core/ReturnCode"
import * as TokenStore from "@jindouyun/core/TokenStore"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import { dirname } from "node:path"
import type { Failure } from "../Failure.js"
import * as Report from "../Report.js"
import { sourceNames } from "../Settings.js"
import * as files from "./files.js"
import { removeIfEmpty } from "./nodeFolders.js"
import type { Route } from "./proxy.js"
import * as running from "./running.js"
import * as secret from "./secret.js"
import * as Session from "./Session.js"
import * as times from "./times.js"

/**
 * The result of one check. A failed check has the failure that other commands would report.
 *
 * @internal
 */
export interface Check {
  readonly name: keyof typeof labels
  readonly state: "ok" | "set" | "open" | "failed"
  readonly text: ReturnCode.Localized
  readonly failure?: Failure | undefined
}

/**
 * The names of the checks, as they are printed.
 *
 * @internal
 */
export const labels = {
  "config file": { en: "config file", zh: "配置文件" },
  account: { en: "account", zh: "账号" },
  store: { en: "store", zh: "存储" },
  permissions: { en: "permissions", zh: "文件权限" },
  "store writes": { en: "store writes", zh: "存储写入" },
  proxy: { en: "proxy", zh: "代理" },
  platform: { en: "platform", zh: "平台" },
  clock: { en: "clock", zh: "时钟" }
} satisfies { readonly [name: string]: ReturnCode.Localized }

/**
 * All checks that need no login.
 *
 * @internal
 */
export const checks = (session: Session.Session): Effect.Effect<ReadonlyArray<Check>, never, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const { path } = session.configFile
    return [
      ok(
        "config file",
        session.configFile.isThere
          ? { en: path, zh: path }
          : { en: `none (no file at ${path})`, zh: `无（${path} 不存在）` }
      ),
      yield* account(session),
      yield* attempt("store", store(session)),
      yield* attempt("permissions", permissions(session)),
      ...(session.settings.store.value === "none" ? [] : [yield* attempt("store writes", trial(session))]),
      ...Either.isLeft(session.route)
        ? [failed("proxy", session.route.left)]
        : [ok("proxy", proxyOf(session.route.right)), ...yield* reachability(session)]
    ]
  })

const ok = (name: Check["name"], text: ReturnCode.Localized): Check => ({ name, state: "ok", text })

const failed = (name: Check["name"], failure: Failure): Check => ({
  name,
  state: "failed",
  text: Report.whatInBoth(failure),
  failure
})

const attempt = <R>(
  name: Check["name"],
  check: Effect.Effect<ReturnCode.Localized, Failure, R>
): Effect.Effect<Check, never, R> =>
  Effect.match(check, {
    onFailure: (failure) => failed(name, failure),
    onSuccess: (text) => ok(name, text)
  })

const account = (session: Session.Session): Effect.Effect<Check, never, FileSystem.FileSystem> =>
  Option.match(session.settings.username, {
    onNone: () =>
      Effect.succeed<Check>({
        name: "account",
        state: "set",
        text: {
          en: "none: run jindouyun login, or set JINDOUYUN_USERNAME",
          zh: "无：请运行 jindouyun login，或设置 JINDOUYUN_USERNAME"
        }
      }),
    onSome: ({ source, value }) =>
      Effect.gen(function*() {
        const at = yield* Effect.orElseSucceed(Session.passwordAt(session, value), () => "none" as const)
        const text = {
          en: `${value} (${sourceNames[source].en}), password ${passwordNames[at].en}`,
          zh: `${value}（${sourceNames[source].zh}），密码：${passwordNames[at].zh}`
        }
        return Option.exists(yield* Effect.option(running.credentials(session, value)), ({ password }) =>
            secret.endsInWhiteSpace(password))
          ? {
            name: "account" as const,
            state: "set" as const,
            text: at === "environment"
              ? {
                en: `${text.en}: JINDOUYUN_PASSWORD ends in white space`,
                zh: `${text.zh}；JINDOUYUN_PASSWORD 以空白字符结尾`
              }
              : {
                en: `${text.en}: the remembered password ends in white space`,
                zh: `${text.zh}；已保存的密码以空白字符结尾`
              }
          }
          : ok("account", text)
      })
  })

const passwordNames = {
  environment: { en: "environment", zh: "来自环境变量" },
  remembered: { en: "remembered", zh: "已保存" },
  encrypted: { en: "encrypted", zh: "已加密保存，但未设置密钥" },
  none: { en: "not available", zh: "无" }
}

const store = (session: Session.Session): Effect.Effect<ReturnCode.Localized, Failure, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const { store, username } = session.settings
    const opened = yield* Session.storeOf(session)
    // Without an account, any key shows whether the store works.
    const name = Option.match(username, { onNone: () => "", onSome: ({ value }) => value })
    const record = yield* opened.load(Session.keyOf(session, name))
    const { tokens } = session.places
    const isEncrypted = session.keys.encryptionKey !== undefined
    const hasPair = Option.isSome(Option.flatMap(record, ({ pair }) => pair))
    return store.value === "none"
      ? { en: "none: each command logs in", zh: "none：每条命令都会登录" }
      : {
        en: `${store.value}${store.value === "file" ? ` in ${tokens}` : ""}, ${isEncrypted ? "encrypted" : "plain"}, ${
          hasPair ? "holds a pair" : "holds no pair"
        }`,
        zh: `${store.value}${store.value === "file" ? `，位于 ${tokens}` : ""}，${isEncrypted ? "已加密" : "未加密"}，${
          hasPair ? "有 Token" : "没有 Token"
        }`
      }
  }).pipe(Effect.scoped)

const proxyOf = (route: Route): ReturnCode.Localized =>
  route._tag === "Proxy"
    ? { en: `${route.shown} (${route.variable})`, zh: `${route.shown}（${route.variable}）` }
    : route.because === undefined
    ? { en: "none", zh: "无" }
    : { en: `none: ${route.because.en}`, zh: `无：${route.because.zh}` }

// Everything that a renewal asks of a store, in the place where it will be asked, under a key that no account has.
const trial = (session: Session.Session): Effect.Effect<ReturnCode.Localized, Failure, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const { places } = session
    const isFile = session.settings.store.value === "file"
    const random = yield* Random.nextIntBetween(0, Number.MAX_SAFE_INTEGER)
    // Redis keeps the fence of a key for ever, so the key is always the same there.
    const key = isFile ? `doctor-${random}` : TokenStore.keyOf("doctor", "")
    if (isFile) {
      const file = `${places.state}/doctor-${random}`
      yield* removingFolders(places.tokens)
      yield* files.write(places.state, file, "")
      yield* files.remove(file)
      yield* Effect.addFinalizer(() => Effect.ignore(fs.remove(`${places.tokens}/${key}`, { recursive: true })))
    }
    const store = yield* Session.storeOf(session)
    const lease = yield* store.lease(key, Duration.seconds(10))
    if (Option.isNone(lease)) {
      return { en: "another doctor is checking the store", zh: "另一个 doctor 正在检查该存储" }
    }
    const { fence, release, renew } = lease.value
    const record = { generation: fence, pair: Option.none(), refusedCredentials: Option.none(), earlierRefusals: [] }
    const isSaved = yield* store.save(key, record, lease)
    const stored = yield* store.load(key)
    yield* renew
    yield* release
    yield* store.clear(key)
    if (isFile) {
      yield* files.remove(`${places.tokens}/${key}`)
    }
    return isSaved && Option.exists(stored, ({ generation }) => generation === fence)
      ? { en: "a lease and a save work", zh: "加锁和写入正常" }
      : yield* new StoreFailure({ operation: "save", detail: "a record that was saved could not be read back" })
  }).pipe(Effect.scoped)

// Removes the folders that do not exist yet when the scope closes, unless another process has put something into them.
const removingFolders = (
  path: string
): Effect.Effect<void, never, FileSystem.FileSystem | Scope.Scope> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    if (path !== dirname(path) && !(yield* Effect.orElseSucceed(fs.exists(path), () => true))) {
      yield* removingFolders(dirname(path))
      yield* Effect.addFinalizer(() => removeIfEmpty(path))
    }
  })

const permissions = (
  { configFile, places }: Session.Session
): Effect.Effect<ReturnCode.Localized, Failure, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const found = [yield* FileTokenStore.readTrusted(configFile.path, { isPrivate: false })]
    for (const folder of [places.tokens, places.passwords]) {
      const names = yield* Effect.orElseSucceed(fs.readDirectory(folder, { recursive: true }), () => [])
      // A lease is a folder of folders.
      for (const name of names.filter((name) => !/(^|[/\\])lease\./.test(name) && /\./.test(name))) {
        found.push(yield* FileTokenStore.readTrusted(`${folder}/${name}`, { isPrivate: true }))
      }
    }
    found.push(yield* FileTokenStore.readTrusted(places.lastLogin, { isPrivate: false }))
    return found.some(Option.isSome)
      ? { en: "only you have access to the files", zh: "只有您可以访问这些文件" }
      : { en: "no files yet", zh: "尚无文件" }
  })

const reachability = (
  session: Session.Session
): Effect.Effect<ReadonlyArray<Check>, never, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const { config } = session.settings
    const client = HttpClient.withTracerPropagation(yield* HttpClient.HttpClient, false)
    const before = yield* Clock.currentTimeMillis
    const response = yield* client.execute(HttpClientRequest.head(config.baseUrl)).pipe(
      Effect.scoped,
      Effect.timeout(config.requestTimeout)
    )
    const after = yield* Clock.currentTimeMillis
    const date = Date.parse(response.headers["date"] ?? "")
    return [
      ok("platform", {
        en: `${config.baseUrl} answers (HTTP ${response.status} to HEAD, ${after - before} ms)`,
        zh: `${config.baseUrl} 有响应（HEAD 返回 HTTP ${response.status}，${after - before} 毫秒）`
      }),
      clock(date, before, after, config.expiryMargin)
    ]
  }).pipe(
    Effect.provideService(FetchHttpClient.RequestInit, { redirect: "manual" }),
    Effect.provide(running.http(session)),
    Effect.catchAll((error) =>
      Effect.succeed([
        failed(
          "platform",
          error._tag === "InvalidConfiguration"
            ? error
            : running.throughRoute(session)(fromTransportError("/", error))
        )
      ])
    )
  )

/**
 * Compares the clock with the `Date` of a response that arrived between `before` and `after`.
 *
 * **Details**
 *
 * An HTTP date has no milliseconds, and the platform wrote it at an unknown moment of the request. The difference is
 * therefore a lower bound.
 *
 * @internal
 */
export const clock = (date: number, before: number, after: number, margin: number): Check => {
  if (Number.isNaN(date)) {
    return {
      name: "clock",
      state: "open",
      text: { en: "the platform sent no date", zh: "平台的响应没有时间（Date）" }
    }
  }
  const ahead = before - (date + 1000) > 0 ? before - (date + 1000) : after - date < 0 ? after - date : 0
  const span = times.span(Math.max(1000, Math.abs(ahead)))
  const text = ahead === 0
    ? { en: "agrees with the platform's clock", zh: "与平台时钟一致" }
    : {
      en: `is ${span.en} ${ahead > 0 ? "ahead of" : "behind"} the platform's clock`,
      zh: `比平台时钟${ahead > 0 ? "快" : "慢"} ${span.zh}`
    }
  return Math.abs(ahead) <= Math.max(margin, 5000)
    ? ok("clock", text)
    : {
      name: "clock",
      state: "set",
      text: { en: `${text.en}: set the clock of this machine`, zh: `${text.zh}：请校准本机时钟` }
    }
}
