import { StoreFailure } from "@jindouyun/core/JindouyunError"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type * as Scope from "effect/Scope"
import { Redis, type RedisOptions } from "ioredis"

interface Client {
  readonly status: string
  readonly connect: () => Promise<void>
  readonly call: (command: string, ...parameters: Array<string | number>) => Promise<unknown>
}

/**
 * A client and the way to connect it. `wordOf` reduces an error to one word: errors of ioredis contain the command with
 * its arguments, tokens included, and must stay in this file.
 */
interface Link {
  readonly client: Client
  readonly connected: Effect.Effect<void, string>
  readonly wordOf: (error: unknown) => string
  /** Disconnects from a server that does not answer or is no longer the master. The next operation connects again. */
  readonly drop: Effect.Effect<void>
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
export const owned = (options: RedisOptions): Effect.Effect<Link, "refused", Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      // A message of ioredis may contain the options.
      Effect.try({ try: () => open(options), catch: () => "refused" as const }),
      ({ close }) => Effect.sync(close)
    ),
    ({ link }) => link
  )

const open = (options: RedisOptions) => {
  const client = new Redis({
    // Less than the limit of an operation, so that the operation fails with the reason.
    connectTimeout: limit - 200,
    sentinelCommandTimeout: limit / 2,
    ...options,
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
  let problem: unknown
  let connecting: Promise<void> | undefined
  let leaving: Promise<void> | undefined
  let isOpen = true
  client.on("error", (error) => {
    problem = error
  })

  const disconnect = () => {
    leaving ??= new Promise<void>((resolve) => client.once("end", resolve)).finally(() => {
      leaving = undefined
    })
    client.disconnect()
  }

  // The first caller connects; callers that come before the connection is ready share the attempt.
  const connect = () => {
    connecting ??= reconnect().finally(() => {
      connecting = undefined
    })
    return connecting
  }

  const reconnect = async () => {
    await leaving
    problem = undefined
    if (isOpen) {
      await client.connect()
    }
  }

  const link: Link = {
    client,
    connected: Effect.suspend(() => {
      if (!isOpen) {
        return Effect.fail("the store is closed")
      }
      if (client.status === "ready" && leaving === undefined) {
        return Effect.void
      }
      return Effect.tryPromise({ try: connect, catch: link.wordOf })
    }),
    wordOf: (error) => {
      const word = codeOf(error)
      // After a wrong password the command fails with NOAUTH; the error event has the cause.
      return (word === undefined || word === "NOAUTH" ? codeOf(problem) : undefined) ?? word ?? lost
    },
    drop: Effect.sync(() => {
      if (client.status === "ready") {
        disconnect()
      }
    })
  }

  const close = () => {
    isOpen = false
    // `disconnect` starts a timer even if the connection has ended.
    if (client.status !== "end") {
      disconnect()
    }
  }

  return { link, close }
}

/**
 * A client of the program, which connects and closes it. The store sends commands only while the client is ready, so no
 * command waits in a queue of the client.
 *
 * @internal
 */
export const borrowed = (client: Client): Link => {
  const connected: Effect.Effect<void, string> = Effect.suspend(() => {
    switch (client.status) {
      case "ready":
        return Effect.void
      case "end":
        return Effect.fail("the client is closed")
      case "wait":
        return Effect.zipRight(Effect.ignore(Effect.tryPromise(() => client.connect())), connected)
      default:
        return Effect.zipRight(Effect.sleep(look), connected)
    }
  })
  return { client, connected, wordOf: (error) => codeOf(error) ?? lost, drop: Effect.void }
}

/**
 * Sends a command. If no answer comes within 2 seconds, the command fails, even inside an uninterruptible region.
 *
 * @internal
 */
export const send = (
  { client, connected, drop, wordOf }: Link,
  operation: StoreFailure["operation"],
  command: string,
  ...parameters: ReadonlyArray<string | number>
): Effect.Effect<unknown, StoreFailure> =>
  connected.pipe(
    Effect.zipRight(Effect.tryPromise({ try: () => client.call(command, ...parameters), catch: wordOf })),
    Effect.interruptible,
    Effect.timeoutFail({ duration: limit, onTimeout: () => silent }),
    Effect.tapError((detail) => detail === silent || detail === "READONLY" ? drop : Effect.void),
    Effect.mapError((detail) => new StoreFailure({ operation, detail }))
  )

const limit = 2000

const look = 20

const silent = "no answer within 2 seconds"

const lost = "the connection was lost"

/**
 * The code of a system error, or the first word of an error of Redis. The rest of an error may contain secrets.
 *
 * @internal
 */
export const codeOf = (error: unknown): string | undefined => {
  if (Predicate.hasProperty(error, "code") && Predicate.isString(error.code)) {
    return /^[A-Z][A-Z0-9_]{1,39}$/.exec(error.code)?.[0]
  }
  // The error of a cluster contains the error of the last node that was tried.
  if (Predicate.hasProperty(error, "lastNodeError")) {
    return codeOf(error.lastNodeError)
  }
  if (!(error instanceof Error)) {
    return undefined
  }
  return error.name === "ReplyError"
    // A script that lacks a permission fails without an error code; Redis 7.0 and 7.2 use different texts.
    ? /^ERR (ACL failure|The user executing) /.test(error.message)
      ? "NOPERM"
      : /^[A-Z]{2,20}(?= )/.exec(error.message)?.[0]
    : error.message.startsWith("All sentinels are unreachable")
    ? "no Sentinel names the master"
    : undefined
}
