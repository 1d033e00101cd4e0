/**
 * The command `jindouyun`: runs `internal/application` with the streams and signals of Node.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeTerminal from "@effect/platform-node/NodeTerminal"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import process from "node:process"
import * as ExitCode from "./ExitCode.js"
import * as application from "./internal/application.js"
import { Input } from "./internal/Input.js"
import * as nodeInput from "./internal/nodeInput.js"
import * as nodeOutput from "./internal/nodeOutput.js"
import { Output } from "./internal/Output.js"

const typed = process.argv.slice(2)

NodeRuntime.runMain(
  application.run(typed).pipe(
    Effect.provide(Layer.mergeAll(
      NodeFileSystem.layer,
      NodePath.layer,
      NodeTerminal.layer,
      Layer.sync(Input, nodeInput.make),
      Layer.sync(Output, () => nodeOutput.make(typed.includes("--json")))
    ))
  ),
  {
    disableErrorReporting: true,
    disablePrettyLogger: true,
    teardown: (exit) => process.exit(exitCode(exit))
  }
)

function exitCode(exit: Exit.Exit<unknown, unknown>): number {
  return Exit.isSuccess(exit) && typeof exit.value === "number"
    ? exit.value
    : Exit.isFailure(exit) && Cause.isInterrupted(exit.cause)
    ? ExitCode.codes.interrupted
    : ExitCode.codes.defect
}
