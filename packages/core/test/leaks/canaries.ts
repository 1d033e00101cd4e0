/** Values that must be found nowhere, by what they are. */
export type Canaries = Map<string, string>

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

const random = (length: number): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(length)), (byte) => alphabet[byte % alphabet.length]).join("")

/** How canaries may look. All but the passwords are safe in a header. */
export interface Plumage {
  readonly password: () => string
  readonly token: () => string
}

/** What JSON, URLs, HTML, regular expressions and the templates of `replace` all treat in some way of their own. */
export const colourful: Plumage = {
  password: () => `${random(10)}"<密>'&é\\ %2F+/${random(4)}=?#;$&{}\`\u00a0~,:@!${random(10)}`,
  token: () => `${random(10)}"<&>'\\ %2F+/${random(4)}=?#;$&{}\`~,:@![]()*${random(10)}`
}

/** As in the example of the platform's document. */
export const plain: Plumage = { password: () => random(32), token: () => random(32) }

/** One canary in one of the forms in which a text may hold it. */
export interface Form {
  readonly canary: string
  readonly form: string
  readonly text: string
}

/**
 * The forms of a secret: as text however often its quotes were escaped, as URL and HTML write it, and as its bytes are
 * printed. Each is given for both halves, so that a secret that was cut is found, too.
 */
export const formsOf = (canary: string, secret: string): ReadonlyArray<Form> => {
  const middle = Math.floor(secret.length / 2)
  return [["first half", secret.slice(0, middle)], ["second half", secret.slice(middle)]].flatMap(
    ([half = "", piece = ""]) => {
      const texts = new Map<string, string>()
      for (const [form, text] of Object.entries(spellings(piece))) {
        texts.set(clean(text), texts.get(clean(text)) ?? form)
      }
      return [...texts].map(([text, form]) => ({ canary: `${canary}, ${half}`, form, text }))
    }
  )
}

/** Each spelling of a text, by its name; `read` makes a search for them indifferent to blanks and backslashes. */
export const spellings = (text: string): { readonly [form: string]: string } => {
  const bytes = Buffer.from(text)
  const url = encodeURIComponent(text)
  return {
    "plain": text,
    "JSON": JSON.stringify(text).slice(1, -1),
    "JSON in ASCII": escapeAs(JSON.stringify(text).slice(1, -1), /[^\x20-\x7e]/g, (code) => `\\u${hex(code, 4)}`),
    "JSON for HTML": escapeAs(JSON.stringify(text).slice(1, -1), /[<>&']/g, (code) => `\\u${hex(code, 4)}`),
    "URL": url,
    "URL, lower case": url.replace(/%../g, (byte) => byte.toLowerCase()),
    "URL, strict": url.replace(/[!'()*~]/g, (char) => `%${hex(char.charCodeAt(0), 2).toUpperCase()}`),
    "URL, lax": encodeURI(text),
    "URL, twice": encodeURIComponent(url),
    "form": new URLSearchParams({ "": text }).toString().slice(1),
    "HTML": escapeAs(text, /[&<>"']/g, (code) => entities[code] ?? ""),
    "HTML, decimal": escapeAs(text, /[&<>"']/g, (code) => `&#${code};`),
    "HTML, hexadecimal": escapeAs(text, /[&<>"']/g, (code) => `&#x${hex(code, 2)};`),
    "HTML without apostrophes": escapeAs(text, /[&<>"]/g, (code) => entities[code] ?? ""),
    ...base64("base64", bytes, (text) => text),
    ...base64("base64url", bytes, (text) => text.replaceAll("+", "-").replaceAll("/", "_")),
    "hexadecimal bytes": [...bytes].map((byte) => hex(byte, 2)).join(" "),
    "hexadecimal bytes, upper case": [...bytes].map((byte) => hex(byte, 2).toUpperCase()).join(" "),
    "decimal bytes": [...bytes].join(", ")
  }
}

/** As `clean`, and without the blanks that stand between bytes, nor their numbers where JSON makes a record of them. */
const dense = (text: string): string => text.replace(/\\|"[0-9]+":|\s+/g, "")

const clean = (text: string): string => text.replaceAll("\\", "")

const isOfBytes = (form: string): boolean => /bytes|base64/.test(form)

/** Finds canaries in a text. */
export const search = (canaries: Canaries): (text: string) => ReadonlyArray<Form> => {
  const forms = [...canaries].flatMap(([canary, secret]) => formsOf(canary, secret))
  const findText = occurrences(forms.filter(({ form }) => !isOfBytes(form)))
  const findBytes = occurrences(
    forms.filter(({ form }) => isOfBytes(form)).map((form) => ({ ...form, text: dense(form.text) }))
  )
  return (text) => [...findText(clean(text)), ...findBytes(dense(text))]
}

// All forms in one pass, each looked for where its first four characters are: there are thousands of them.
const occurrences = (forms: ReadonlyArray<Form>): (text: string) => ReadonlySet<Form> => {
  const begins = new Uint8Array(0x10000)
  const byBeginning = new Map<number, Array<Form>>()
  for (const form of forms) {
    if (form.text.length < 4) {
      throw new TypeError(`${form.canary}: a canary is to be eight characters long at least`)
    }
    const key = beginning(form.text, 0)
    begins[key] = 1
    byBeginning.set(key, [...byBeginning.get(key) ?? [], form])
  }
  return (text) => {
    const found = new Set<Form>()
    for (let at = 0; at <= text.length - 4; at++) {
      const key = beginning(text, at)
      if (begins[key] === 1) {
        byBeginning.get(key)?.filter((form) => text.startsWith(form.text, at)).forEach((form) => found.add(form))
      }
    }
    return found
  }
}

const beginning = (text: string, at: number): number =>
  (text.charCodeAt(at) * 0x1003 + text.charCodeAt(at + 1) * 0x207 + text.charCodeAt(at + 2) * 0x2b
    + text.charCodeAt(at + 3)) & 0xffff

/** What stands around a hit, for the person who has to find out where it comes from. */
export const around = ({ form, text: written }: Form, text: string): string => {
  const read = isOfBytes(form) ? dense(text) : clean(text)
  const at = read.indexOf(written)
  return JSON.stringify(read.slice(Math.max(0, at - 120), at + written.length + 20))
}

const hex = (code: number, length: number): string => code.toString(16).padStart(length, "0")

const escapeAs = (text: string, chars: RegExp, write: (code: number) => string): string =>
  text.replace(chars, (char) => write(char.charCodeAt(0)))

const entities: { readonly [code: number]: string } = {
  34: "&quot;",
  38: "&amp;",
  39: "&#39;",
  60: "&lt;",
  62: "&gt;"
}

// What comes before a secret shifts it against the groups of three bytes that become four characters. Characters that
// hold bits of something else are left out.
const base64 = (name: string, bytes: Buffer, write: (text: string) => string): { readonly [form: string]: string } =>
  Object.fromEntries([0, 1, 2].map((shift) => {
    const whole = Math.floor((shift + bytes.length) / 3) * 4
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString("base64").slice(shift === 0 ? 0 : 4, whole)
    return [`${name}, shifted by ${shift}`, write(encoded)]
  }))
