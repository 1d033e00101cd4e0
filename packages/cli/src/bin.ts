/**
 * The command `jindouyun`: runs `internal/application` with the streams and signals of Node.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import { constants } from "node:os"
import process from "node:process"
import { isJson } from "./CommandLine.js"
import * as ExitCode from "./ExitCode.js"
import * as application from "./internal/application.js"
import * as nodeOutput from "./internal/nodeOutput.js"
import { Output } from "./internal/Output.js"

// A deprecation is for the authors of a package. Node would print it on stderr, next to the one-line error.
process.noDeprecation = true

const typed = process.argv.slice(2)

const program = Effect.provide(
  application.run(typed, {
    files: loaded(() => import("./internal/nodeFiles.js")),
    terminal: loaded(() => import("./internal/nodeTerminal.js"))
  }),
  Layer.sync(Output, () => nodeOutput.make(isJson(typed)))
)

/** The signal that ends the command, if one does. */
let received: typeof signals[number] | undefined

// NodeRuntime handles SIGINT and SIGTERM only. A signal without a handler ends the process at once: a new pair would be
// lost, and a terminal left without echo.
const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const

const fiber = Effect.runFork(program)
// A process without timers and sockets would end although the command still waits.
Effect.runFork(Effect.forever(Effect.sleep("1 hour")))

// The first signal interrupts the command, which saves what it has; a second one ends the process at once.
const interrupt = (signal: typeof signals[number]) => {
  received = signal
  for (const signal of signals) {
    process.removeListener(signal, interrupt)
  }
  fiber.unsafeInterruptAsFork(fiber.id())
}

for (const signal of signals) {
  process.on(signal, interrupt)
}

fiber.addObserver((exit) => {
  const code = exitCode(exit)
  process.exit(code === ExitCode.codes.interrupted && received !== undefined ? 128 + constants.signals[received] : code)
})

function exitCode(exit: Exit.Exit<ExitCode.ExitCode>): number {
  return Exit.isSuccess(exit)
    ? exit.value
    : Cause.isInterrupted(exit.cause)
    ? ExitCode.codes.interrupted
    : ExitCode.codes.defect
}

function loaded<A>(module: () => Promise<{ readonly layer: Layer.Layer<A> }>): Layer.Layer<A> {
  return Layer.unwrapEffect(Effect.map(Effect.promise(module), ({ layer }) => layer))
}
