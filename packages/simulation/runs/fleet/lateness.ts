const step = 20

/**
 * Measures how late this process runs, in milliseconds in total: a busy machine adds that to any wait. A timer that is
 * late by less than its interval counts as in time.
 */
export const measure = (): () => number => {
  let late = 0
  let due = performance.now() + step
  setInterval(() => {
    const now = performance.now()
    late += Math.max(0, now - due - step)
    due = now + step
  }, step).unref()
  return () => late
}
