import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as FileSystem from "@effect/platform/FileSystem"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as FileTokenStore from "@jindouyun/core/FileTokenStore"
import { fromTransportError, StoreFailure } from "@jindouyun/core/JindouyunError"
import * as TokenStore from "@jindouyun/core/TokenStore"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import { dirname } from "node:path"
import type { Failure } from "../Failure.js"
import * as Report from "../Report.js"
import * as files from "./files.js"
import { removeIfEmpty } from "./nodeFolders.js"
import * as secret from "./secret.js"
import * as Session from "./Session.js"
import * as times from "./times.js"

/**
 * The result of one check. A failed check has the failure that other commands would report.
 *
 * @internal
 */
export interface Check {
  readonly name: string
  readonly state: "ok" | "set" | "open" | "failed"
  readonly text: string
  readonly failure?: Failure | undefined
}

/**
 * All checks that need no login.
 *
 * @internal
 */
export const checks = (session: Session.Session): Effect.Effect<ReadonlyArray<Check>, never, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    return [
      ok(
        "config file",
        session.configFile.isThere ? session.configFile.path : `none (no file at ${session.configFile.path})`
      ),
      yield* account(session),
      yield* attempt("store", store(session)),
      yield* attempt("permissions", permissions(session)),
      ...(session.settings.store.value === "none" ? [] : [yield* attempt("store writes", trial(session))]),
      ...yield* reachability(session)
    ]
  })

const ok = (name: string, text: string): Check => ({ name, state: "ok", text })

const attempt = <R>(name: string, check: Effect.Effect<string, Failure, R>): Effect.Effect<Check, never, R> =>
  Effect.match(check, {
    onFailure: (failure) => ({ name, state: "failed", text: Report.what(failure, "en"), failure }),
    onSuccess: (text) => ok(name, text)
  })

const account = (session: Session.Session): Effect.Effect<Check, never, FileSystem.FileSystem> =>
  Option.match(session.settings.username, {
    onNone: () =>
      Effect.succeed<Check>({
        name: "account",
        state: "set",
        text: "none: run jindouyun login, or set JINDOUYUN_USERNAME"
      }),
    onSome: ({ source, value }) =>
      Effect.gen(function*() {
        const password = yield* Effect.orElseSucceed(Session.passwordAt(session, value), () => "none" as const)
        const text = `${value} (${source}), password ${password === "none" ? "not available" : password}`
        return Option.exists(yield* Effect.option(Session.credentials(session, value)), ({ password }) =>
            secret.endsInWhiteSpace(password))
          ? {
            name: "account",
            state: "set" as const,
            text: `${text}: ${
              password === "environment" ? "JINDOUYUN_PASSWORD" : "the remembered password"
            } ends in white space`
          }
          : ok("account", text)
      })
  })

const store = (session: Session.Session): Effect.Effect<string, Failure, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const { store, username } = session.settings
    const opened = yield* Session.storeOf(session)
    // Without an account, any key shows whether the store works.
    const name = Option.match(username, { onNone: () => "", onSome: ({ value }) => value })
    const record = yield* opened.load(Session.keyOf(session, name))
    const place = store.value === "file" ? ` in ${session.places.tokens}` : ""
    const encryption = session.keys.encryptionKey === undefined ? "plain" : "encrypted"
    return store.value === "none"
      ? "none: each command logs in"
      : `${store.value}${place}, ${encryption}, ${
        Option.isSome(Option.flatMap(record, ({ pair }) => pair)) ? "holds a pair" : "holds no pair"
      }`
  }).pipe(Effect.scoped)

// Everything that a renewal asks of a store, in the place where it will be asked, under a key that no account has.
const trial = (session: Session.Session): Effect.Effect<string, Failure, FileSystem.FileSystem> =>
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
      return "another doctor tries the store now"
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
      ? "a lease and a save work"
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
): Effect.Effect<string, Failure, FileSystem.FileSystem> =>
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
    return found.some(Option.isSome) ? "only you have access to the files" : "no files yet"
  })

const reachability = (
  { settings: { config } }: Session.Session
): Effect.Effect<ReadonlyArray<Check>, never, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const client = HttpClient.withTracerPropagation(yield* HttpClient.HttpClient, false)
    const before = yield* Clock.currentTimeMillis
    const response = yield* client.execute(HttpClientRequest.head(config.baseUrl)).pipe(
      Effect.scoped,
      Effect.timeout(config.requestTimeout)
    )
    const after = yield* Clock.currentTimeMillis
    const date = Date.parse(response.headers["date"] ?? "")
    return [
      ok("platform", `${config.baseUrl} answers (HTTP ${response.status} to HEAD, ${after - before} ms)`),
      clock(date, before, after, config.expiryMargin)
    ]
  }).pipe(
    Effect.provideService(FetchHttpClient.RequestInit, { redirect: "manual" }),
    Effect.provide(FetchHttpClient.layer),
    Effect.catchAll((error) => {
      const failure = fromTransportError("/", error)
      return Effect.succeed<ReadonlyArray<Check>>([{
        name: "platform",
        state: "failed",
        text: Report.what(failure, "en"),
        failure
      }])
    })
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
    return { name: "clock", state: "open", text: "the platform sent no date" }
  }
  const ahead = before - (date + 1000) > 0 ? before - (date + 1000) : after - date < 0 ? after - date : 0
  const text = ahead === 0
    ? "agrees with the platform's clock"
    : `is ${times.span(Math.max(1000, Math.abs(ahead)))} ${ahead > 0 ? "ahead of" : "behind"} the platform's clock`
  return Math.abs(ahead) <= Math.max(margin, 5000)
    ? ok("clock", text)
    : { name: "clock", state: "set", text: `${text}: set the clock of this machine` }
}
