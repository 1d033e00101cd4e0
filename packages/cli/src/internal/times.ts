import * as DateTime from "effect/DateTime"

/**
 * A duration as text, in its two largest units.
 *
 * @internal
 */
export const span = (millis: number): string => {
  const seconds = Math.floor(Math.abs(millis) / 1000)
  const parts = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"]
  ] as const
  const largest = parts.findIndex(([count]) => count > 0)
  return largest < 0
    ? "0 s"
    : parts.slice(largest, largest + 2).filter(([count]) => count > 0).map(([count, unit]) => `${count} ${unit}`).join(
      " "
    )
}

/**
 * How long something is still valid, or since when it is expired.
 *
 * @internal
 */
export const life = (until: number, now: number): string =>
  until > now
    ? `valid for ${span(until - now)}, until ${iso(until)}`
    : `expired ${span(now - until)} ago, at ${iso(until)}`

/** @internal */
export const iso = (millis: number): string => DateTime.formatIso(DateTime.unsafeMake(millis))
