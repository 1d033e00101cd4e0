/**
 * The measurements drawn: bars of an SVG, each as long as the logarithm of what it stands for.
 */
import type { Figure, Kept } from "./Result.js"

interface Bar {
  readonly label: string
  readonly value: number
  readonly low: number
  readonly high: number
  readonly text: string
  readonly ours: boolean
}

interface Panel {
  readonly title: string
  readonly bars: ReadonlyArray<Bar>
}

const width = 860
const labels = 290
const line = 22

const round = (value: number): string => value >= 100 ? Math.round(value).toLocaleString("en-US") : value.toFixed(2)

const bar = (ours: string) => ({ contender, high, low, median, unit }: Figure): Bar => ({
  label: contender,
  value: median,
  low,
  high,
  text: `${round(median)} ${unit}`,
  ours: contender.startsWith(`${ours}, `)
})

const panels = ({ cases, steps }: Kept): ReadonlyArray<Panel> => {
  const of = (name: string, measure: string) =>
    (cases[name]?.figures ?? []).filter((figure) => figure.measure === measure).sort((a, b) => a.median - b.median)
  return [
    { title: "A read of a valid token (ns)", bars: of("read", "a read").map(bar("accessToken")) },
    {
      title: "The cost of a read, step by step (times Ref.get)",
      bars: steps.map(({ high, low, ratio, step }, index) => ({
        label: step,
        value: ratio,
        low,
        high,
        text: round(ratio),
        ours: index === steps.length - 1
      }))
    },
    { title: "A thousand callers without a token (ms)", bars: of("callers", "wall of 1000").map(bar("ours")) },
    {
      title: "A call of 1 KiB, 64 at a time (CPU, µs)",
      bars: of("call", "CPU a call of 1 KiB, concurrency 64").map(bar("ours"))
    },
    { title: "A bundle that makes one call (bytes, gzip)", bars: of("size", "bundle").map(bar("ours")) }
  ].filter(({ bars }) => bars.length > 0)
}

const escape = (text: string): string => text.replace(/[&<>]/g, (found) => `&#${found.charCodeAt(0)};`)

/** Bars begin at a quarter of the smallest value: a logarithm knows no zero. */
const scale = ({ bars }: Panel): (value: number) => number => {
  const least = Math.min(...bars.map(({ low }) => low)) / 4
  const most = Math.max(...bars.map(({ high }) => high))
  return (value) => Math.log(value / least) / Math.log(most / least) * (width - labels - 110)
}

export const chart = (kept: Kept): string => {
  let y = 10
  const parts: Array<string> = []
  for (const panel of panels(kept)) {
    const x = scale(panel)
    y += 26
    parts.push(`<text x="10" y="${y}" class="title">${escape(panel.title)}</text>`)
    y += 8
    for (const { high, label, low, ours, text, value } of panel.bars) {
      const middle = y + line / 2
      const [from, to] = [labels + x(low), labels + x(high)].map((at) => at.toFixed(1))
      parts.push(
        `<text x="${labels - 8}" y="${middle + 4}" text-anchor="end">${escape(label)}</text>`,
        `<rect x="${labels}" y="${y + 4}" width="${x(value).toFixed(1)}" height="${line - 8}" class="${
          ours ? "ours" : "theirs"
        }"/>`,
        `<line x1="${from}" x2="${to}" y1="${middle}" y2="${middle}"/>`,
        `<text x="${(labels + x(high) + 8).toFixed(1)}" y="${middle + 4}">${escape(text)}</text>`
      )
      y += line
    }
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y + 20}" viewBox="0 0 ${width} ${y + 20}">
<style>
text { font: 12px sans-serif; fill: #333 } .title { font-weight: bold; font-size: 14px }
.ours { fill: #2f6f9f } .theirs { fill: #c9c9c9 } line { stroke: #333; stroke-width: 2 }
</style>
<rect width="100%" height="100%" fill="white"/>
${parts.join("\n")}
</svg>
`
}
