import { fromSystemError, StoreFailure } from "@jindouyun/core/JindouyunError"
import type * as ReturnCode from "@jindouyun/core/ReturnCode"
import * as Predicate from "effect/Predicate"
import type { RedisOptions } from "ioredis"

/**
 * The steps before the first command of a connection.
 *
 * @internal
 */
export type Step = "connect" | "TLS" | "AUTH" | "CLIENT SETNAME" | "SELECT"

/**
 * Why an operation failed, in words that contain no secret.
 *
 * @internal
 */
export interface Problem {
  readonly word: string
  readonly systemError?: string | undefined
  readonly step?: Step | undefined
  /** Whether the server has answered nothing on this connection. */
  readonly isUnanswered?: boolean
}

/**
 * The server, its database, and where the program names them.
 *
 * @internal
 */
export interface Place {
  readonly server: ReturnCode.Localized
  readonly database: number
  readonly source: ReturnCode.Localized
}

/**
 * The options of a client that the program made, as far as they name the server.
 *
 * @internal
 */
export interface ClientOptions extends Pick<RedisOptions, "db" | "host" | "name" | "path" | "port" | "sentinels"> {
  /** Of a cluster. */
  readonly redisOptions?: { readonly db?: number | undefined } | undefined
}

/**
 * The place in the options of ioredis. The variable is the one that the URL was read from, if it was.
 *
 * @internal
 */
export const placeOf = (options: ClientOptions, variable: string | undefined): Place => ({
  server: serverOf(options),
  database: options.db ?? 0,
  source: variable === undefined ? { en: "the option url", zh: "选项 url" } : { en: variable, zh: ` ${variable}` }
})

/** @internal */
export const placeOfClient = (options: ClientOptions = {}): Place => ({
  server: options.redisOptions === undefined
    ? serverOf(options)
    : { en: "the nodes of a cluster", zh: "集群的各节点" },
  database: (options.redisOptions ?? options).db ?? 0,
  source: { en: "the client of the program", zh: "程序的客户端" }
})

const serverOf = (
  { host = "localhost", name, path, port = 6379, sentinels }: ClientOptions
): ReturnCode.Localized => {
  const address = path || `${host.includes(":") ? `[${host}]` : host}:${port}`
  return sentinels
    ? { en: `the master ${name} behind Sentinel`, zh: `Sentinel 的主节点 ${name}` }
    : { en: address, zh: address }
}

/** @internal */
export const textOf = ({ database, server }: Place): string => `Redis at ${server.en}, database ${database}`

/** @internal */
export const failure = (operation: StoreFailure["operation"], problem: Problem, place: Place): StoreFailure => {
  const { step, systemError, word } = problem
  return new StoreFailure({
    operation,
    detail: `${step === undefined || step === "connect" ? "" : `${step} failed: `}${word} (${textOf(place)})`,
    systemError,
    remedy: remedyOf(problem, place)
  })
}

/** How to remove the cause. Names Redis, its address, and where the program has the address from. */
const remedyOf = (
  { isUnanswered, step, systemError, word }: Problem,
  { database, server, source }: Place
): ReturnCode.Localized => {
  const en = `Redis at ${server.en} (set by ${source.en})`
  const zh = `Redis ${server.zh}（来自${source.zh}）`
  if (step === "TLS") {
    return {
      en: `Check that ${en} speaks TLS, and the certificates of both sides.`,
      zh: `请检查 ${zh}是否使用 TLS，以及双方的证书。`
    }
  }
  if (isUnanswered === true && (word === lost || word === "ECONNRESET" || word === "EPIPE")) {
    return {
      en: `Write rediss: if the port of ${en} speaks TLS; the connection ended before the first answer.`,
      zh: `${zh}在首次应答前断开了连接；如果该端口使用 TLS，请写 rediss:。`
    }
  }
  const known = remedies[word] ?? remedies[word.split(" ")[0] ?? ""]
  if (known !== undefined) {
    return { en: known.en(en), zh: known.zh(zh) }
  }
  // The words of this library begin with a small letter.
  const isAnswered = systemError === undefined && /^[A-Z]/.test(word)
  if (step === "SELECT" && isAnswered) {
    return {
      en: `Use a database that ${en} has; it refuses database ${database}.`,
      zh: `${zh}不接受数据库 ${database}，请改用存在的数据库。`
    }
  }
  if (step === "CLIENT SETNAME" && isAnswered) {
    return {
      en: `Use a connectionName without spaces, or none; ${en} refuses the one that is set.`,
      zh: `${zh}不接受当前的 connectionName，请使用不含空格的名称，或不设置。`
    }
  }
  if ((step === "AUTH" && isAnswered) || word === "NOAUTH" || word === "WRONGPASS") {
    return {
      en: `Check the user and the password of ${en}.`,
      zh: `请检查 ${zh}的用户名和密码。`
    }
  }
  return { en: `Check that ${en} runs and can be reached.`, zh: `请检查 ${zh}是否在运行且可以访问。` }
}

type Remedy = { readonly [Language in keyof ReturnCode.Localized]: (redis: string) => string }

const cluster: Remedy = {
  en: (redis) => `Pass a Cluster of ioredis as the client: ${redis} is a node of a cluster.`,
  zh: (redis) => `${redis}是集群节点，请传入 ioredis 的 Cluster 客户端。`
}

const later: Remedy = {
  en: (redis) => `Try again later: ${redis} is not ready.`,
  zh: (redis) => `${redis}尚未就绪，请稍后重试。`
}

const forbidden: Remedy = {
  en: (redis) =>
    `Give the user of ${redis} permission for the command; RedisTokenStore.commands lists what the store uses.`,
  zh: (redis) => `请为 ${redis}的用户授予该命令的权限；所需命令见 RedisTokenStore.commands。`
}

const disabled: Remedy = {
  en: (redis) => `Enable the command in ${redis}; RedisTokenStore.commands lists what the store uses.`,
  zh: (redis) => `${redis}禁用了该命令，请启用；所需命令见 RedisTokenStore.commands。`
}

const unknownCommand = "ERR unknown command"

const tooManyClients = "ERR max number of clients reached"

const foreign = "the server does not speak the protocol of Redis"

const subscribing = "the client is in subscriber mode"

/** @internal */
export const closedClient = "the client is closed"

const remedies: { readonly [word: string]: Remedy } = {
  OOM: {
    en: (redis) => `Free memory or raise maxmemory of ${redis}.`,
    zh: (redis) => `${redis}内存不足，请释放内存或调大 maxmemory。`
  },
  READONLY: {
    en: (redis) => `Name the master: ${redis} is a replica.`,
    zh: (redis) => `${redis}是从库，请改用主库。`
  },
  MISCONF: {
    en: (redis) => `Check the disk of ${redis}: it cannot save and accepts no writes.`,
    zh: (redis) => `${redis}无法持久化，因此拒绝写入，请检查其磁盘。`
  },
  WRONGTYPE: {
    en: (redis) => `Use another prefix: a key of ${redis} has a value of another program.`,
    zh: (redis) => `${redis}中的键已被其他程序使用，请更换前缀。`
  },
  NOREPLICAS: {
    en: (redis) => `Check the replicas of ${redis}: fewer are connected than min-replicas-to-write.`,
    zh: (redis) => `${redis}已连接的从库少于 min-replicas-to-write，请检查从库。`
  },
  CLUSTERDOWN: {
    en: (redis) => `Check the cluster of ${redis}: some slots are not served.`,
    zh: (redis) => `${redis}所在的集群有槽位不可用，请检查集群。`
  },
  DENIED: {
    en: (redis) => `Set a password for ${redis}: its protected mode refuses other hosts.`,
    zh: (redis) => `${redis}的保护模式拒绝其他主机，请为其设置密码。`
  },
  [tooManyClients]: {
    en: (redis) => `Raise maxclients of ${redis}, or close other connections.`,
    zh: (redis) => `${redis}的连接数已满，请调大 maxclients 或关闭其他连接。`
  },
  [foreign]: {
    en: (redis) =>
      `Check host and port of ${redis}: another kind of server answers. If the port speaks TLS, write rediss:.`,
    zh: (redis) => `应答 ${redis}的不是 Redis，请检查主机和端口；如果该端口使用 TLS，请写 rediss:。`
  },
  [subscribing]: {
    en: (redis) => `Pass a client that does not subscribe: the client for ${redis} does.`,
    zh: (redis) => `${redis}的客户端处于订阅模式，请传入不订阅的客户端。`
  },
  [closedClient]: {
    en: (redis) => `Pass another client: the client for ${redis} connects no more.`,
    zh: (redis) => `${redis}的客户端已关闭，不再连接，请传入另一个客户端。`
  },
  NOPERM: forbidden,
  [unknownCommand]: disabled,
  MOVED: cluster,
  ASK: cluster,
  CROSSSLOT: cluster,
  LOADING: later,
  BUSY: later,
  MASTERDOWN: later,
  TRYAGAIN: later
}

/**
 * Whether the connection is of no further use: the server answers nothing, ends the connection, or is no longer the master.
 *
 * @internal
 */
export const endsConnection = ({ word }: Problem): boolean =>
  word === silent || word === "READONLY" || word === "DENIED" || word === tooManyClients

/** @internal */
export const silent = "no answer within 2 seconds"

/** @internal */
export const lost = "the connection was lost"

/** @internal */
export const isProblem = (error: unknown): error is Problem => Predicate.hasProperty(error, "word")

/**
 * Whether an error ended the connection before the host was reached.
 *
 * @internal
 */
export const isOfConnect = (error: unknown): boolean =>
  Predicate.hasProperty(error, "syscall")
    ? error.syscall === "connect" || error.syscall === "getaddrinfo"
    // Of several addresses of a host, none was reached.
    : error instanceof AggregateError && error.errors.every(isOfConnect)

/** @internal */
export const isAnswer = (error: unknown): boolean => error instanceof Error && error.name === "ReplyError"

/**
 * The word and the system's code of the first error that has a word.
 *
 * @internal
 */
export const read = (...errors: ReadonlyArray<unknown>): Pick<Problem, "systemError" | "word"> => {
  const error = errors.find((error) => wordOf(error) !== undefined)
  return { word: wordOf(error) ?? lost, systemError: systemErrorOf(error) }
}

const systemErrorOf = (error: unknown): string | undefined =>
  Predicate.hasProperty(error, "lastNodeError")
    ? systemErrorOf(error.lastNodeError)
    : fromSystemError("load", "", error).systemError

/** An error in a few words. Only texts of Redis that are known to contain no argument are repeated. */
const wordOf = (error: unknown): string | undefined => {
  const code = codeOf(error)
  if (code !== "ERR" || !(error instanceof Error)) {
    return code ?? ownWordOf(error)
  }
  return error.message.startsWith("ERR Unknown Redis command called from")
    ? unknownCommand
    : texts.find((text) => error.message.startsWith(text)) ?? code
}

/** The word of this library for an error that has no code. */
const ownWordOf = (error: unknown): string | undefined =>
  !(error instanceof Error)
    ? undefined
    : error.name === "ParserError"
    ? foreign
    : isAnswer(error)
    ? "an error without a code"
    : error.message.startsWith("Connection in subscriber mode")
    ? subscribing
    : undefined

const texts = [
  "ERR DB index is out of range",
  "ERR invalid DB index",
  "ERR SELECT is not allowed in cluster mode",
  "ERR AUTH <password> called without any password configured",
  "ERR Client names cannot contain spaces",
  unknownCommand,
  tooManyClients
]

/**
 * The code of a system error, or the first word of an error of Redis. The rest of an error may contain secrets.
 *
 * @internal
 */
export const codeOf = (error: unknown): string | undefined => {
  if (Predicate.hasProperty(error, "code") && Predicate.isString(error.code)) {
    return /^[A-Z][A-Z0-9_]{1,59}$/.exec(error.code)?.[0]
  }
  // The error of a cluster contains the error of the last node that was tried.
  if (Predicate.hasProperty(error, "lastNodeError")) {
    return codeOf(error.lastNodeError)
  }
  if (!(error instanceof Error)) {
    return undefined
  }
  return isAnswer(error)
    // A script that lacks a permission fails without an error code; Redis 7.0 and 7.2 use different texts.
    ? /^ERR (ACL failure|The user executing) /.test(error.message)
      ? "NOPERM"
      : /^[A-Z]{2,20}(?= )/.exec(error.message)?.[0]
    : error.message.startsWith("All sentinels are unreachable")
    ? "no Sentinel names the master"
    : undefined
}
