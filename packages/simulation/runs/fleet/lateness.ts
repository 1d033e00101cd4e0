const step = 20

/**
 * Begins to measure how late this process runs, in milliseconds all in all: what a machine with too much to do adds to
 * any wait. A timer that is late by no more than itself is not.
 */
export const watch = (): () => number => {
  let late = 0
  let due = performance.now() + step
  setInterval(() => {
    const now = performance.now()
    late += Math.max(0, now - due - step)
    due = now + step
  }, step).unref()
  return () => late
}
