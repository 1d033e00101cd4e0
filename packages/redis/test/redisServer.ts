/** Servers of Redis for tests and measurements, each on a free port of loopback and with nothing on disk. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { connect, createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"

export class RedisServerFailure extends Data.TaggedError("RedisServerFailure")<{ readonly message: string }> {}

export interface RedisServer {
  readonly port: number
  readonly pid: number
  /** A folder of its own, which goes with it. */
  readonly directory: string
  /** Sends a signal; waits for the end after one that ends it. */
  readonly kill: (signal: NodeJS.Signals) => Effect.Effect<void>
  /** Ends it before the scope does. */
  readonly stop: Effect.Effect<void>
}

/** Whether there is a `redis-server` to start. */
export const isInstalled = spawnSync("redis-server", ["--version"]).status === 0

/** A port that nobody listens on. */
export const freePort: Effect.Effect<number> = Effect.async<number>((resume) => {
  const server = createServer()
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    server.close(() => resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0)))
  })
})

/**
 * Starts a server that ends with the scope; `port` is for one that comes back in the place of another.
 *
 * `parameters` are added to its command line (`["--requirepass", "secret"]`), `config` is written to a file that the server
 * may rewrite, as Sentinel wants to.
 */
export const start = (options: {
  readonly port?: number | undefined
  /** Listens for TLS alone. */
  readonly tls?: boolean | undefined
  readonly parameters?: ReadonlyArray<string> | undefined
  readonly config?: string | undefined
} = {}): Effect.Effect<RedisServer, RedisServerFailure, Scope.Scope> =>
  Effect.gen(function*() {
    const port = options.port ?? (yield* freePort)
    const server = yield* Effect.acquireRelease(Effect.sync(() => launch(port, options)), ({ stop }) => stop)
    yield* isListening(port).pipe(
      Effect.retry({ schedule: Schedule.spaced("10 millis"), while: () => server.child.exitCode === null }),
      Effect.timeout("10 seconds"),
      Effect.mapError(() => new RedisServerFailure({ message: server.output() }))
    )
    return server
  }).pipe(
    // Somebody else may have taken the port in between.
    options.port === undefined ? Effect.retry({ times: 2 }) : (self) => self
  )

const launch = (port: number, { config, parameters = [], tls = false }: Parameters<typeof start>[0] & {}) => {
  const directory = mkdtempSync(join(tmpdir(), "jindouyun-redis-"))
  const file = join(directory, "redis.conf")
  writeFileSync(file, config ?? "")
  const child = spawn("redis-server", [
    file,
    "--port",
    tls ? "0" : String(port),
    ...(tls ? ["--tls-port", String(port)] : []),
    "--bind",
    "127.0.0.1",
    "--dir",
    directory,
    ...(parameters.includes("--sentinel") ? [] : ["--save", "", "--appendonly", "no"]),
    ...parameters
  ], { stdio: ["ignore", "pipe", "pipe"] })
  let output = ""
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += String(chunk)
    })
  }
  child.on("error", (error) => {
    output += error.message
  })
  // A run that is cut short leaves nothing behind.
  const atExit = () => {
    child.kill("SIGKILL")
  }
  process.once("exit", atExit)
  child.once("exit", () => process.off("exit", atExit))
  const stop = Effect.zipRight(
    ended(child),
    Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
  )
  return {
    port,
    pid: child.pid ?? 0,
    directory,
    child,
    output: () => output,
    kill: (signal: NodeJS.Signals) =>
      signal === "SIGSTOP" || signal === "SIGCONT"
        ? Effect.sync(() => void child.kill(signal))
        : ended(child, signal),
    stop
  }
}

/** SIGKILL ends a server that is paused, too. */
const ended = (child: ChildProcess, signal: NodeJS.Signals = "SIGKILL"): Effect.Effect<void> =>
  Effect.async<void>((resume) => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
      return resume(Effect.void)
    }
    child.once("exit", () => resume(Effect.void))
    child.kill(signal)
  })

const isListening = (port: number): Effect.Effect<void, string> =>
  Effect.async<void, string>((resume) => {
    const socket = connect(port, "127.0.0.1")
    socket.once("connect", () => {
      socket.destroy()
      resume(Effect.void)
    })
    socket.once("error", () => resume(Effect.fail("refused")))
  })
