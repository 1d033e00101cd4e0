// Real processes and sockets. Each ends with its scope.
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import * as esbuild from "esbuild"
import * as ChildProcess from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import * as Net from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as RedisServer from "../../../redis/test/redisServer.js"
import type { FromWorker, Part, Tally, ToWorker } from "./protocol.js"

/** A process or a server that a scenario needs did not start or did not answer. */
export class StageFailure extends Data.TaggedError("StageFailure")<{ readonly message: string }> {}

const living = new Set<ChildProcess.ChildProcess>()

// If the run ends without finalizers.
process.on("exit", () => living.forEach((child) => child.kill("SIGKILL")))

const hasEnded = (child: ChildProcess.ChildProcess) => child.exitCode !== null || child.signalCode !== null

const ended = (child: ChildProcess.ChildProcess) =>
  Effect.promise(async () => {
    if (!hasEnded(child)) {
      await once(child, "exit")
    }
  })

/** Starts a process. The scope kills it and waits for its end. */
const scoped = (
  start: () => ChildProcess.ChildProcess
): Effect.Effect<ChildProcess.ChildProcess, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = start()
      living.add(child)
      child.once("exit", () => living.delete(child))
      return child
    }),
    // A paused process can be killed, too.
    (child) => Effect.zipRight(Effect.sync(() => child.kill("SIGKILL")), ended(child))
  )

export const folder: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "fleet-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** Bundles a program into one file, so that many starts are cheap. By default it is the program of a process. */
export const bundle = (directory: string, program = new URL("worker.ts", import.meta.url)): Effect.Effect<string> =>
  Effect.promise(async () => {
    const outfile = join(mkdtempSync(join(directory, "bundle-")), "worker.mjs")
    await esbuild.build({
      entryPoints: [fileURLToPath(program)],
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20",
      logLevel: "error",
      // CommonJS modules in it use `require` for the modules of Node.
      banner: { js: "import { createRequire } from \"node:module\"; const require = createRequire(import.meta.url)" }
    })
    return outfile
  })

/** Bundles the program of a process on Effect 4. */
export const bundleOnEffect4: Effect.Effect<string, never, Scope.Scope> = Effect.flatMap(
  folder,
  (folder) => bundle(folder, new URL("../../../effect4/fleet/worker.ts", import.meta.url))
)

/** A process of the fleet. */
export interface Worker {
  readonly tell: (message: ToWorker) => Effect.Effect<void>
  readonly start: (part: Part) => Effect.Effect<void>
  readonly tally: Effect.Effect<Tally, StageFailure>
  /** Makes a report call with the token; returns the failure, if it failed. */
  readonly call: Effect.Effect<string | undefined, StageFailure>
  readonly signal: (name: "SIGKILL" | "SIGSTOP" | "SIGCONT") => Effect.Effect<void>
  readonly ended: Effect.Effect<void>
  readonly isAlive: () => boolean
  readonly exitCode: () => number | null
  /** The last lines of its log. */
  readonly lastWords: () => ReadonlyArray<string>
}

/** A process that does not answer for so long counts as hung. */
const patience = 60_000

export const worker = (
  program: string,
  onMessage: (worker: Worker, message: FromWorker) => void
): Effect.Effect<Worker, StageFailure, Scope.Scope> =>
  Effect.gen(function*() {
    const child = yield* scoped(() =>
      // The child does not get the options of the parent's Node, a loader among them.
      ChildProcess.fork(program, [], { execArgv: [], stdio: ["ignore", "ignore", "pipe", "ipc"] })
    )
    const words: Array<string> = []
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      words.push(...text.trimEnd().split("\n"))
      words.splice(0, words.length - 40)
    })
    // A message to a process that has ended is dropped.
    child.on("error", () => undefined)
    const tell = (message: ToWorker) =>
      Effect.sync(() => {
        if (child.connected) {
          child.send(message, () => undefined)
        }
      })
    const answer = <Tag extends FromWorker["_tag"]>(tag: Tag) =>
      Effect.async<Extract<FromWorker, { readonly _tag: Tag }>, StageFailure>((resume) => {
        const listen = (message: FromWorker) => {
          if (message._tag === tag) {
            stop()
            resume(Effect.succeed(message as Extract<FromWorker, { readonly _tag: Tag }>))
          }
        }
        const fail = () => {
          stop()
          resume(new StageFailure({ message: [`process ${child.pid} has ended`, ...words.slice(-3)].join("\n") }))
        }
        const stop = () => {
          child.off("message", listen).off("exit", fail)
        }
        if (hasEnded(child)) {
          return fail()
        }
        child.on("message", listen).once("exit", fail)
        return Effect.sync(stop)
      }).pipe(
        Effect.timeoutFail({
          duration: patience,
          onTimeout: () => new StageFailure({ message: `process ${child.pid} does not answer` })
        })
      )
    const ask = <Tag extends FromWorker["_tag"]>(message: ToWorker, tag: Tag) =>
      Effect.zipLeft(answer(tag), tell(message), { concurrent: true })
    const self: Worker = {
      tell,
      start: (part) => tell({ _tag: "Start", part }),
      tally: Effect.map(ask({ _tag: "Tell" }, "Told"), ({ tally }) => tally),
      call: Effect.map(ask({ _tag: "Call" }, "Called"), ({ failure }) => failure),
      signal: (name) => Effect.sync(() => child.kill(name)),
      ended: ended(child),
      isAlive: () => !hasEnded(child),
      exitCode: () => child.exitCode,
      lastWords: () => words
    }
    child.on("message", (message: FromWorker) => onMessage(self, message))
    yield* answer("Ready")
    return self
  })

/** A server that can be killed and started again. It starts empty unless it writes to a file. */
export interface Redis {
  readonly port: number
  readonly url: string
  readonly kill: Effect.Effect<void>
  readonly restart: Effect.Effect<void, StageFailure>
  readonly signal: (name: "SIGSTOP" | "SIGCONT") => Effect.Effect<void>
  /** The URL of a user that `requirepass` does not concern. */
  readonly urlOfOperator: string
  /** Sets a parameter of the running server, as the operator. */
  readonly configure: (name: string, value: string) => Effect.Effect<void>
}

const operator = { name: "operator", password: "operator-password" }

// A server that is down is left as it is.
const configure = (port: number, name: string, value: string) =>
  Effect.async<void>((resume) => {
    const socket = Net.connect(port, "127.0.0.1")
    socket.on("error", () => undefined).once("close", () => resume(Effect.void)).resume()
    socket.end(`AUTH ${operator.name} ${operator.password}\r\nCONFIG SET ${name} "${value}"\r\nQUIT\r\n`)
  })

export const redis = (persistent: boolean): Effect.Effect<Redis, StageFailure, Scope.Scope> =>
  Effect.gen(function*() {
    const scope = yield* Effect.scope
    const parameters = [
      ...(persistent ? ["--dir", yield* folder, "--appendonly", "yes"] : []),
      "--user",
      operator.name,
      "on",
      `>${operator.password}`,
      "~*",
      "&*",
      "+@all"
    ]
    const start = (port?: number) =>
      RedisServer.start({ port, parameters }).pipe(
        Scope.extend(scope),
        Effect.mapError(({ message }) => new StageFailure({ message: `Redis did not start: ${message}` }))
      )
    let server = yield* start()
    const { port } = server
    return {
      port,
      url: `redis://127.0.0.1:${port}`,
      urlOfOperator: `redis://${operator.name}:${operator.password}@127.0.0.1:${port}`,
      kill: Effect.suspend(() => server.kill("SIGKILL")),
      restart: Effect.map(start(port), (restarted) => {
        server = restarted
      }),
      signal: (name) => Effect.suspend(() => server.kill(name)),
      configure: (name, value) => configure(port, name, value)
    }
  })

/** A connection to a port that can be cut. */
export interface Proxy {
  readonly port: number
  /** Ends all connections, and each new one at once; a `silent` proxy accepts new ones and answers nothing. */
  readonly cut: (how?: "reset" | "silent") => Effect.Effect<void>
  readonly mend: Effect.Effect<void>
}

export const proxy = (target: number): Effect.Effect<Proxy, never, Scope.Scope> =>
  Effect.gen(function*() {
    const sockets = new Set<Net.Socket>()
    let cut: "reset" | "silent" | undefined
    const hangUp = () => sockets.forEach((socket) => socket.destroy())
    const keep = (socket: Net.Socket) => {
      sockets.add(socket)
      socket.on("error", () => undefined).on("close", () => sockets.delete(socket))
    }
    const server = yield* Effect.acquireRelease(
      Effect.promise(async () => {
        const server = Net.createServer((client) => {
          if (cut === "reset") {
            client.destroy()
            return
          }
          keep(client)
          if (cut === "silent") {
            return
          }
          const upstream = Net.connect(target, "127.0.0.1")
          keep(upstream)
          for (const [one, other] of [[client, upstream], [upstream, client]] as const) {
            one.on("close", () => other.destroy()).pipe(other)
          }
        })
        server.listen(0, "127.0.0.1")
        await once(server, "listening")
        return server
      }),
      (server) =>
        Effect.promise(async () => {
          hangUp()
          server.close()
          await once(server, "close")
        })
    )
    return {
      port: portOf(server),
      cut: (how = "reset") =>
        Effect.sync(() => {
          cut = how
          hangUp()
        }),
      mend: Effect.sync(() => {
        // A silent connection stays silent.
        if (cut === "silent") {
          hangUp()
        }
        cut = undefined
      })
    }
  })

const portOf = (server: Net.Server): number => {
  const address = server.address()
  return address === null || typeof address === "string" ? 0 : address.port
}
