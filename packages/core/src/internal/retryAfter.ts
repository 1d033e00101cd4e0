const hour = 3_600_000

/**
 * The milliseconds a `Retry-After` asks for, in seconds or as a date. A date is counted from the `Date` of the same
 * answer, so that our clock and theirs need not agree, or from `now` where there is none. More than an hour is cut to one: a slip of theirs must not
 * silence us for good.
 *
 * @internal
 */
export const retryAfter = (
  value: string | undefined,
  date: string | undefined,
  now: number
): number | undefined => {
  if (value === undefined) {
    return undefined
  }
  const answeredAt = Date.parse(date ?? "")
  const millis = /^\s*[0-9]{1,12}\s*$/.test(value)
    ? Number(value) * 1000
    : Date.parse(value) - (Number.isNaN(answeredAt) ? now : answeredAt)
  return Number.isNaN(millis) ? undefined : Math.min(Math.max(millis, 0), hour)
}
