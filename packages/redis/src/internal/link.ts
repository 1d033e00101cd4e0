import type { StoreFailure } from "@jindouyun/core/JindouyunError"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { Redis, type RedisOptions } from "ioredis"
import * as problems from "./problem.js"
import type { Problem } from "./problem.js"

interface Client {
  readonly status: string
  readonly connect: () => Promise<void>
  readonly call: (command: string, ...parameters: Array<string | number>) => Promise<unknown>
}

interface Link {
  readonly place: problems.Place
  /** A connection whose handshake has succeeded. */
  readonly connected: Effect.Effect<Connected, Problem>
  /** The problem of a server that does not answer. */
  readonly silence: () => Problem
  /**
   * Disconnects from a server that does not answer or is no longer the master. The other operations on the connection fail
   * with the same problem. The next operation connects again.
   */
  readonly drop: (problem: Problem) => Effect.Effect<void>
}

interface Connected {
  /** Rejects with a `Problem` only: errors of ioredis contain the command with its arguments, tokens included. */
  readonly call: (command: string, ...parameters: ReadonlyArray<string | number>) => Promise<unknown>
}

/**
 * A client that the store creates and closes.
 *
 * The client connects at the first operation, and again at the next operation after the connection is lost. No timer
 * reconnects it: idle processes do not reconnect all at once, and a wrong password is not sent repeatedly. Commands do
 * not wait in a queue, so a command never runs after its caller has stopped waiting.
 *
 * @internal
 */
export const owned = (
  options: RedisOptions,
  place: problems.Place
): Effect.Effect<Link, "refused", Scope.Scope> =>
  Effect.acquireRelease(
    // A message of ioredis may contain the options.
    Effect.try({ try: () => open(options, place), catch: () => "refused" as const }),
    ({ close }) => Effect.sync(close)
  )

const open = (options: RedisOptions, place: problems.Place) => {
  let current = prepare(options)
  let connecting: Promise<Connected> | undefined
  let isOpen = true

  // The first caller connects; callers that come before the handshake has ended share the attempt.
  const connect = () => {
    connecting ??= reach(addressesOf(options)).finally(() => {
      connecting = undefined
    })
    return connecting
  }

  const reach = async ([address, ...others]: Arr.NonEmptyReadonlyArray<RedisOptions>): Promise<Connected> => {
    current = prepare(address)
    try {
      return await current.open()
    } catch (problem) {
      if (!Arr.isNonEmptyReadonlyArray(others) || !isOpen || (problem as Problem).step !== "connect") {
        throw problem
      }
      return reach(others)
    }
  }

  const connected: Link["connected"] = Effect.suspend((): Effect.Effect<Connected, Problem> =>
    !isOpen
      ? Effect.fail({ word: "the store is closed" })
      : current.isReady()
      ? Effect.succeed(current)
      : Effect.tryPromise({ try: connect, catch: (problem) => problem as Problem })
  )

  const close = () => {
    isOpen = false
    current.end()
  }

  return {
    place,
    connected,
    silence: () => current.silence(),
    drop: (problem: Problem) => Effect.sync(() => current.end(problem)),
    close
  }
}

/** Some resolvers return one address of `localhost` only, and Redis may listen at the other one. */
const addressesOf = (options: RedisOptions): Arr.NonEmptyReadonlyArray<RedisOptions> => {
  const { family = 0, host = "localhost", path, sentinels, tls } = options
  const at = (host: string): RedisOptions => ({
    ...options,
    host,
    ...(tls === undefined ? {} : { tls: { servername: "localhost", ...tls } })
  })
  return family !== 0 || path || sentinels || host.toLowerCase() !== "localhost"
    ? [options]
    : [at("127.0.0.1"), at("::1")]
}

/** One connection. A client of ioredis is not used for a second one: it would repeat the last SELECT by itself. */
const prepare = (options: RedisOptions) => {
  const { connectionName, db, password, username, ...transport } = options
  const isTls = options.tls !== undefined
  let step: problems.Step | undefined = "connect"
  let isReached = false
  let isAnswered = false
  let isEnded = false
  let dropped: Problem | undefined
  let cause: unknown
  const client = new Redis({
    // Less than the limit of an operation, so that the operation fails with the reason.
    connectTimeout: limit - 200,
    sentinelCommandTimeout: limit / 2,
    ...transport,
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    retryStrategy: null,
    sentinelRetryStrategy: () => null,
    // The ready check needs permission for INFO, and the client information for CLIENT. Neither is needed: a server
    // that is loading or requires a password rejects the command itself.
    enableReadyCheck: false,
    disableClientInfo: true,
    // A server that does not answer must not keep the process alive.
    disconnectTimeout: 100
  })
  client.on("error", (error) => {
    cause ??= error
  })

  const problemOf = (error: unknown): Problem => {
    if (dropped !== undefined) {
      return dropped
    }
    isAnswered ||= problems.isAnswer(error)
    // Until the server answers, it may still reject the certificate of this client.
    const isOfTls = isTls && !isAnswered && !(step === "connect" && !isReached && problems.isOfConnect(cause))
    return { ...problems.read(error, cause), step: isOfTls ? "TLS" : step, isUnanswered: !isAnswered }
  }

  const call = async (command: string, ...parameters: ReadonlyArray<string | number>): Promise<unknown> => {
    try {
      const answer = await client.call(command, ...parameters)
      isAnswered = true
      return answer
    } catch (error) {
      throw problemOf(error)
    }
  }

  // `disconnect` starts a timer even if the connection has ended.
  const end = (problem?: Problem) => {
    dropped ??= problem
    isEnded = true
    if (client.status !== "end" && client.status !== "wait") {
      client.disconnect()
    }
  }

  // Of a time-out ioredis does not say whether the host was reached, and only TLS is missing. A session is sent after the
  // server has checked the certificate of this client.
  const observe = () => {
    const { stream } = client
    if (stream !== undefined && !stream.destroyed) {
      isReached = !stream.connecting
      stream.once("connect", () => {
        isReached = true
      })
      stream.once("session", () => {
        isAnswered = true
      })
    }
  }

  // ioredis would connect although Redis refuses a step, and use database 0 if SELECT is refused.
  const handshake: ReadonlyArray<readonly [problems.Step, ReadonlyArray<string>]> = [
    ...(username || password ? [["AUTH", ["auth", ...(username ? [username] : []), password ?? ""]] as const] : []),
    ...(connectionName ? [["CLIENT SETNAME", ["client", "setname", connectionName]] as const] : []),
    ...(Number(db ?? 0) === 0 ? [] : [["SELECT", ["select", String(db)]] as const])
  ]

  const open = async (): Promise<Connected> => {
    try {
      const connecting = client.connect()
      Effect.runFork(Effect.delay(Effect.sync(observe), 0))
      await connecting
      for (const [name, [command = "", ...parameters]] of handshake) {
        step = name
        await call(command, ...parameters)
      }
      step = undefined
      return { call }
    } catch (error) {
      end()
      throw problems.isProblem(error) ? error : problemOf(error)
    }
  }

  return {
    call,
    open,
    end,
    isReady: () => client.status === "ready" && step === undefined && !isEnded,
    silence: (): Problem => ({ word: problems.silent, step })
  }
}

/**
 * A client of the program, which connects and closes it. The store sends commands only while the client is ready, so no
 * command waits in a queue of the client.
 *
 * @internal
 */
export const borrowed = (client: Client, place: problems.Place): Link => {
  const calling = (step?: problems.Step): Connected => ({
    call: (command, ...parameters) =>
      client.call(command, ...parameters).catch((error: unknown) => {
        throw { ...problems.read(error), step } satisfies Problem
      })
  })
  const self = calling()
  // ioredis connects although SELECT was refused, and would use database 0. Only the answer to another SELECT shows that.
  const selected = place.database === 0
    ? Effect.succeed(self)
    : Effect.as(request(calling("SELECT"), "select", place.database), self)
  const connected: Link["connected"] = Effect.suspend(() => {
    switch (client.status) {
      case "ready":
        return selected
      case "end":
        return Effect.fail({ word: "the client is closed" })
      case "wait":
        return Effect.zipRight(Effect.ignore(Effect.tryPromise(() => client.connect())), connected)
      default:
        return Effect.zipRight(Effect.sleep(look), connected)
    }
  })
  return { place, connected, silence: () => ({ word: problems.silent }), drop: () => Effect.void }
}

/**
 * Sends a command. If no answer comes within 2 seconds, the command fails, even inside an uninterruptible region.
 *
 * @internal
 */
export const send = (
  { connected, drop, place, silence }: Link,
  operation: StoreFailure["operation"],
  command: string,
  ...parameters: ReadonlyArray<string | number>
): Effect.Effect<unknown, StoreFailure> =>
  connected.pipe(
    Effect.flatMap((connection) => request(connection, command, ...parameters)),
    Effect.interruptible,
    Effect.timeoutFail({ duration: limit, onTimeout: silence }),
    Effect.tapError((problem) =>
      problem.word === problems.silent || problem.word === "READONLY" ? drop(problem) : Effect.void
    ),
    Effect.mapError((problem) => problems.failure(operation, problem, place))
  )

const request = (
  { call }: Connected,
  command: string,
  ...parameters: ReadonlyArray<string | number>
): Effect.Effect<unknown, Problem> =>
  Effect.tryPromise({ try: () => call(command, ...parameters), catch: (problem) => problem as Problem })

const limit = 2000

const look = 20
