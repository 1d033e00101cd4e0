const hour = 3_600_000

/**
 * The milliseconds of a `Retry-After`, which is in seconds, also with decimals, or a date. A date is counted from the `Date` of the
 * same response, so that the two clocks need not agree, or from `now` if there is none. More than an hour is cut to an hour.
 * Of several numbers, which a client joins with commas, the longest counts.
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
  const millis = /^\s*[0-9]+(\.[0-9]+)?\s*(,\s*[0-9]+(\.[0-9]+)?\s*)*$/.test(value)
    ? Math.ceil(Math.max(...value.split(",").map(Number)) * 1000)
    : dateOf(value) - (Number.isNaN(answeredAt) ? now : answeredAt)
  return Number.isNaN(millis) ? undefined : Math.min(Math.max(millis, 0), hour)
}

// `Date.parse` finds a year in "try 5", so only a text that begins like a date of HTTP is parsed. A date that ends in its year
// has the obsolete form of C, which is in UTC.
const dateOf = (value: string | undefined): number =>
  value !== undefined && /^\s*(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(value)
    ? Date.parse(value.replace(/ \d{4}\s*$/, "$& GMT"))
    : Number.NaN
