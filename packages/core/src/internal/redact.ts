import { bytesToHex } from "@noble/hashes/utils.js"
import * as Encoding from "effect/Encoding"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"

/** The text of a secret. None if the secret has a problem. */
export const reveal = (secret: Redacted.Redacted): Option.Option<string> =>
  Option.filter(contentOf(secret), Predicate.isString)

const contentOf: (secret: Redacted.Redacted<unknown>) => Option.Option<unknown> = Option.liftThrowable(
  Redacted.value<unknown>
)

/**
 * Why a secret has no text; undefined if it has one. The types allow a secret that was wiped with `Redacted.unsafeWipe`. A
 * missing secret, and one that is no text, come from a program without types, or from `Redacted.make(process.env.NAME!)`.
 */
export const problemOfSecret = (secret: unknown): string | undefined =>
  Redacted.isRedacted(secret)
    ? Option.match(contentOf(secret), { onNone: () => "was wiped", onSome: problemOfText })
    : secret === undefined || secret === null
    ? "is missing"
    : "is no Redacted"

/** Why a value is no text; undefined if it is one. */
export const problemOfText = (value: unknown): string | undefined =>
  Predicate.isString(value) ? undefined : value === undefined || value === null ? "is missing" : "is no text"

const limit = 200

/** The longest part of a text that is searched for secrets. A limit bounds the time for a long text of the platform. */
const longest = 65_536

/**
 * Makes text of the platform fit to be kept: secrets redacted, control characters escaped, cut to 200 characters. Secrets
 * are redacted first, because the cut could leave the beginning of one.
 */
export const sanitize = (text: string, secrets: Iterable<Redacted.Redacted>): string =>
  cut(redact(text.slice(0, longest), secrets).replace(unprintable, escape))

/**
 * Redacts secrets in every form in which a server echoes what it was sent, also encoded several times over. Any piece of
 * eight characters is redacted, because a server may cut what it echoes. After a secret was wiped, nothing of the text is kept.
 */
export const redact = (text: string, secrets: Iterable<Redacted.Redacted>): string => {
  const formsOfAll = Option.all([...secrets].map(formsOf))
  return Option.match(formsOfAll, { onNone: () => "<redacted>", onSome: (forms) => redactForms(text, forms) })
}

const redactForms = (text: string, forms: ReadonlyArray<Forms>): string => {
  const isSecret = new Uint8Array(text.length)
  const mark = ({ ends, starts }: Decoded, from: number, length: number) =>
    isSecret.fill(1, starts[from], ends[from + length - 1])
  for (const layer of layersOf(folded(text))) {
    for (const { short } of forms) {
      for (const form of short) {
        for (let at = layer.text.indexOf(form); at >= 0; at = layer.text.indexOf(form, at + 1)) {
          mark(layer, at, form.length)
        }
      }
    }
    for (let at = 0; at + pieceLength <= layer.text.length; at++) {
      const piece = layer.text.slice(at, at + pieceLength)
      if (forms.some(({ pieces }) => pieces.has(piece))) {
        mark(layer, at, pieceLength)
      }
    }
  }
  let rest = ""
  isSecret.forEach((secret, at) => {
    rest += secret === 0 ? text[at] : isSecret[at - 1] === 1 ? "" : "<redacted>"
  })
  return rest
}

/** A server may change the case of what it echoes, as of hexadecimals. Only ASCII is folded, so that no place in the text moves. */
const folded = (text: string): string => text.replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase())

// Control characters, and invisible characters that reorder or end the line of a log.
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/gu

const escape = (char: string): string =>
  char.split("").map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")

const cut = (text: string): string =>
  text.length > limit ? `${text.slice(0, limit - 1).replace(/[\ud800-\udbff]$/, "")}…` : text

/** A text that was decoded some times. `starts` and `ends` are where each of its characters begins and ends in the original. */
interface Decoded {
  readonly text: string
  readonly starts: ReadonlyArray<number>
  readonly ends: ReadonlyArray<number>
}

/** How many times an echo may be encoded. */
const mostLayers = 4

const layersOf = (text: string): ReadonlyArray<Decoded> => {
  const starts = Array.from({ length: text.length }, (_, at) => at)
  const layers: Array<Decoded> = [{ text, starts, ends: starts.map((at) => at + 1) }]
  for (let layer = layers[0]; layer !== undefined && layers.length <= mostLayers;) {
    const next = decoded(layer)
    layer = next.text === layer.text ? undefined : next
    layers.push(...(layer === undefined ? [] : [layer]))
  }
  return layers
}

const decoded = (layer: Decoded): Decoded => {
  const starts: Array<number> = []
  const ends: Array<number> = []
  let done = 0
  const text = layer.text.replace(escapes, (written, ...rest) => {
    const at = rest.find((each) => typeof each === "number") as number
    const plain = decodeEscape(written)
    for (; done < at; done++) {
      starts.push(layer.starts[done] ?? 0)
      ends.push(layer.ends[done] ?? 0)
    }
    done += written.length
    for (let unit = 0; unit < plain.length; unit++) {
      starts.push(layer.starts[at] ?? 0)
      ends.push(layer.ends[done - 1] ?? 0)
    }
    return plain
  })
  return { text, starts: [...starts, ...layer.starts.slice(done)], ends: [...ends, ...layer.ends.slice(done)] }
}

// One character in a URL, in a string of JSON or JavaScript, or in HTML; or an invisible one, such as the end of a wrapped line.
const escapes =
  /%(?:u[0-9a-f]{4}|[0-7][0-9a-f]|[cd][0-9a-f]%[89ab][0-9a-f]|e[0-9a-f](?:%[89ab][0-9a-f]){2}|f[0-7](?:%[89ab][0-9a-f]){3})|\\(?:u[0-9a-f]{4}|u\{0*[0-9a-f]{1,6}\}|x[0-9a-f]{2}|[^])|&(?:#0*[0-9]{1,7}|#x0*[0-9a-f]{1,6}|[a-z]{2,4});|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/giu

const decodeEscape = (written: string): string => {
  const kind = written.slice(0, 2).toLowerCase()
  const name = written.slice(1).toLowerCase()
  try {
    return !/[%\\&]/.test(kind)
      ? ""
      : kind === "%u" || kind === "\\u" || kind === "\\x"
      ? folded(String.fromCodePoint(Number.parseInt(written.slice(2).replace("{", ""), 16)))
      : kind.startsWith("%")
      ? folded(decodeURIComponent(written))
      : kind === "&#"
      ? folded(String.fromCodePoint(Number(name.slice(1, -1).replace("x", "0x"))))
      : names[name] ?? (kind.startsWith("\\") ? written.slice(1) : written)
  } catch {
    return written
  }
}

const names: { readonly [name: string]: string } = {
  "amp;": "&",
  "lt;": "<",
  "gt;": ">",
  "quot;": "\"",
  "apos;": "'",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t"
}

/** The texts to search for: every piece of the long forms of a secret, and its short forms as a whole. */
interface Forms {
  readonly pieces: ReadonlySet<string>
  readonly short: ReadonlyArray<string>
}

const pieceLength = 8

// Most secrets are tokens, which many requests share.
const known = new WeakMap<Redacted.Redacted, Forms>()

const formsOf = (secret: Redacted.Redacted): Option.Option<Forms> =>
  Option.orElse(Option.fromNullable(known.get(secret)), () =>
    Option.map(reveal(secret), (text) => {
      const forms = searchedFor(written(text))
      known.set(secret, forms)
      return forms
    }))

const searchedFor = (forms: ReadonlyArray<string>): Forms => ({
  pieces: new Set(
    forms.flatMap((form) =>
      Array.from({ length: form.length - pieceLength + 1 }, (_, at) => form.slice(at, at + pieceLength))
    )
  ),
  short: forms.filter((form) => form !== "" && form.length < pieceLength)
})

const written = (secret: string): ReadonlyArray<string> => {
  // A decoded layer has no invisible characters.
  const visible = secret.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "")
  const wellFormed = secret.replace(/\p{Surrogate}/gu, "\ufffd")
  const inJson = JSON.stringify(secret).slice(1, -1)
  const inUrl = encodeURIComponent(wellFormed)
  return [
    secret,
    wellFormed,
    wellFormed.replaceAll(" ", "+"),
    visible,
    // UTF-8 that was read as Latin-1.
    Array.from(new TextEncoder().encode(secret), (byte) => String.fromCharCode(byte)).join(""),
    ...[...new Set([secret, inJson, inUrl])].flatMap(inBytes)
  ].map(folded)
}

/** A text whose bytes are written in base64 and in hexadecimals. */
const inBytes = (text: string): ReadonlyArray<string> => {
  const base64 = Encoding.encodeBase64(text)
  const derived = [
    base64,
    base64.replace(/=+$/, ""),
    ...[1, 2].map((before) => inBase64(text, before)),
    bytesToHex(new TextEncoder().encode(text))
  ]
  return derived.flatMap((form) => [form, form.replaceAll("+", "-").replaceAll("/", "_")]).filter(({ length }) =>
    length >= 6
  )
}

/** The part of a base64 text that only the secret determines, if some bytes precede the secret. */
const inBase64 = (secret: string, before: number): string =>
  Encoding.encodeBase64(" ".repeat(before) + secret).slice(before + 1).replace(/.?=*$/, "")
