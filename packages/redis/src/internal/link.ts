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
 * A client, and how to come by its connection. What fails is told in a word: the errors of ioredis carry the command
 * with its arguments, tokens among them, and must not get any further than this file.
 */
interface Link {
  readonly client: Client
  readonly connected: Effect.Effect<void, string>
  readonly wordOf: (error: unknown) => string
  /** Leaves a server that does not answer, or that is the master no more: the next operation looks for another. */
  readonly drop: Effect.Effect<void>
}

/**
 * A client of our own. It connects when there is something to ask, and again when there is something to ask after the
 * connection was lost: no timer, no thousand idle processes that come back all at once, no wrong password sent again
 * and again. Nothing waits in a queue of its own, so that no command is executed when nobody wants it any more.
 *
 * @internal
 */
export const owned = (options: RedisOptions): Effect.Effect<Link, "refused", Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      // The words of ioredis might repeat what it was given.
      Effect.try({ try: () => open(options), catch: () => "refused" as const }),
      ({ close }) => Effect.sync(close)
    ),
    ({ link }) => link
  )

const open = (options: RedisOptions) => {
  const client = new Redis({
    // A little less than an operation has, so that it can say why it fails.
    connectTimeout: limit - 200,
    sentinelCommandTimeout: limit / 2,
    ...options,
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    retryStrategy: null,
    sentinelRetryStrategy: () => null,
    // A server that is still loading, or wants a password, says so in answer to the command. INFO would have to
    // be allowed, and CLIENT tells nothing that matters.
    enableReadyCheck: false,
    disableClientInfo: true,
    // A server that is silent would keep a process that wants to end.
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

  // The first caller connects; callers that arrive before it is done share the connection.
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
      // A command that follows a wrong password hears only that there was none.
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
    // It would set a timer for a connection that is no more.
    if (client.status !== "end") {
      disconnect()
    }
  }

  return { link, close }
}

/**
 * A client of the program's own; the program decides when it connects and when it is closed. Only a client that is
 * ready is given a command, whatever queues it may have.
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
 * Gives a command, and waits for its answer no longer than the limit, even where nothing else can be interrupted.
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
 * The word that names an error: the system's code, or the first word of Redis' answer. Nothing else of it is safe to
 * repeat.
 *
 * @internal
 */
export const codeOf = (error: unknown): string | undefined => {
  if (Predicate.hasProperty(error, "code") && Predicate.isString(error.code)) {
    return /^[A-Z][A-Z0-9_]{1,39}$/.exec(error.code)?.[0]
  }
  // That of the last node of a cluster that was asked in vain.
  if (Predicate.hasProperty(error, "lastNodeError")) {
    return codeOf(error.lastNodeError)
  }
  if (!(error instanceof Error)) {
    return undefined
  }
  return error.name === "ReplyError"
    // What a script may not do for its user has no word of its own; Redis 7.0 and 7.2 say it differently.
    ? /^ERR (ACL failure|The user executing) /.test(error.message)
      ? "NOPERM"
      : /^[A-Z]{2,20}(?= )/.exec(error.message)?.[0]
    : error.message.startsWith("All sentinels are unreachable")
    ? "no Sentinel names the master"
    : undefined
}
