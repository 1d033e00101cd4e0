import * as DateTime from "effect/DateTime"

/** The latest instant of a `Date`, in milliseconds since the epoch. */
export const latest = 8.64e15

/** The instant of a number of milliseconds since the epoch. A later one than a `Date` can have becomes the latest. */
export const of = (millis: number): DateTime.Utc => DateTime.unsafeMake(Math.min(millis, latest))
