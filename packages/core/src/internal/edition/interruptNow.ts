import type * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"

/** Interrupts a fiber from synchronous code and does not wait. Effect 4 runs the fiber at once: change all state before. */
export const interruptNow = (fiber: Fiber.RuntimeFiber<unknown, unknown>): void =>
  fiber.unsafeInterruptAsFork(FiberId.none)
