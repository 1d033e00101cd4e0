import type * as ReturnCode from "@jindouyun/core/ReturnCode"
import * as DateTime from "effect/DateTime"

/**
 * A duration as text, in its two largest units.
 *
 * @internal
 */
export const span = (millis: number): ReturnCode.Localized => {
  const seconds = Math.floor(Math.abs(millis) / 1000)
  const parts = [
    [Math.floor(seconds / 86_400), "d", "天"],
    [Math.floor(seconds / 3600) % 24, "h", "小时"],
    [Math.floor(seconds / 60) % 60, "min", "分钟"],
    [seconds % 60, "s", "秒"]
  ] as const
  const largest = parts.findIndex(([count]) => count > 0)
  const shown = largest < 0
    ? parts.slice(-1)
    : parts.slice(largest, largest + 2).filter(([count]) => count > 0)
  return {
    en: shown.map(([count, unit]) => `${count} ${unit}`).join(" "),
    zh: shown.map(([count, , unit]) => `${count} ${unit}`).join(" ")
  }
}

/**
 * How long something is still valid, or since when it is expired.
 *
 * @internal
 */
export const life = (until: number, now: number): ReturnCode.Localized => {
  const { en, zh } = span(until - now)
  const at = iso(until)
  return until > now
    ? { en: `valid for ${en}, until ${at}`, zh: `有效期还有 ${zh}，至 ${at}` }
    : { en: `expired ${en} ago, at ${at}`, zh: `已于 ${at} 过期（${zh}前）` }
}

/** @internal */
export const iso = (millis: number): string => DateTime.formatIso(DateTime.unsafeMake(millis))
