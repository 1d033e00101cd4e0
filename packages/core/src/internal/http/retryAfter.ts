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
  const answeredAt = dateOf(date)
  const millis = /^\s*[0-9]{1,12}\s*$/.test(value)
    ? Number(value) * 1000
    : dateOf(value) - (Number.isNaN(answeredAt) ? now : answeredAt)
  return Number.isNaN(millis) ? undefined : Math.min(Math.max(millis, 0), hour)
}

// `Date.parse` finds a year in "try 5": only what begins as the dates of HTTP do is given to it.
const dateOf = (value: string | undefined): number =>
  value !== undefined && /^\s*(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(value) ? Date.parse(value) : Number.NaN
