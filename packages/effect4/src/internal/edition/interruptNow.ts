import type * as Fiber from "effect/Fiber"

/** Interrupts a fiber from synchronous code and does not wait. The fiber runs at once: change all state before. */
export const interruptNow = (fiber: Fiber.Fiber<unknown, unknown>): void => fiber.interruptUnsafe()
