import { rows } from "./chineseReasons.js"

/**
 * The page at `/`: one static text without a request to another host. It shows every text of the platform as text, never as HTML,
 * and does nothing that `curl` cannot do with the control API.
 *
 * @internal
 */
export const page = String.raw`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Jindouyun sandbox</title>
<link rel="icon" href="data:,">
<style>
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); --good: #2c7a4b; --bad: #b3392f; --soon: #b07a00 }
* { box-sizing: border-box }
[hidden] { display: none !important }
body { font: 15px/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 1100px; padding: 0 16px 32px }
header { display: flex; flex-wrap: wrap; gap: 4px 16px; align-items: baseline; padding: 12px 0; border-bottom: 1px solid var(--line) }
h1 { font-size: 20px; margin: 0 }
h2 { font-size: 16px; margin: 24px 0 8px }
nav { margin-left: auto; display: flex; gap: 12px; align-items: baseline }
.warning { color: var(--bad) }
.row { display: flex; flex-wrap: wrap; gap: 8px; align-items: center }
.columns { display: grid; gap: 0 32px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 340px), 1fr)) }
button, select, input { font: inherit; padding: 4px 10px; border: 1px solid var(--line); border-radius: 6px; background: transparent; color: inherit }
button { cursor: pointer }
button:hover { border-color: currentColor }
li, .account { overflow-wrap: anywhere }
.account { border: 1px solid var(--line); border-radius: 8px; padding: 8px 12px; margin-bottom: 8px }
.token { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 8px; margin-top: 4px }
.bar { grid-column: 1 / -1; height: 6px; border-radius: 3px; background: var(--line); overflow: hidden }
.bar i { display: block; height: 100%; background: var(--good) }
.bar.soon i { background: var(--soon) }
.bar.over i { background: var(--bad) }
code, pre { font: 13px/1.4 ui-monospace, monospace }
code { overflow-wrap: anywhere }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid var(--line); border-radius: 8px; padding: 8px 12px }
ol { list-style: none; margin: 0; padding: 0; max-height: 420px; overflow: auto; border: 1px solid var(--line); border-radius: 8px }
ol:empty::after, #queue:empty::after, #accounts:empty::after { content: attr(data-empty); opacity: .6; padding: 6px 12px; display: block }
ol li { padding: 4px 12px; border-bottom: 1px solid var(--line) }
ol li:last-child { border-bottom: 0 }
.muted { opacity: .65 }
.good { color: var(--good) } .bad { color: var(--bad) } .soon { color: var(--soon) }
#queue { display: flex; flex-wrap: wrap; gap: 4px 12px; margin-top: 8px }
#problem:empty { display: none }
</style>
</head>
<body>
<header>
  <h1 data-text="title"></h1>
  <span class="warning" data-text="warning"></span>
  <nav>
    <a href="/docs" data-text="docs"></a>
    <a href="/openapi.json">OpenAPI</a>
    <button id="language"></button>
  </nav>
</header>

<p id="problem" class="bad" role="alert"></p>
<form id="ask" class="row" hidden>
  <label for="key" data-text="key"></label>
  <input id="key" type="password" autocomplete="off">
  <button data-text="use"></button>
</form>

<div class="columns">
  <section>
    <h2 data-text="clock"></h2>
    <p class="row"><code id="now"></code></p>
    <div class="row" id="clocks"></div>
    <h2 data-text="faults"></h2>
    <p class="row">
      <label for="endpoint" data-text="next"></label>
      <select id="endpoint">
        <option value="acquire" data-text="acquire"></option>
        <option value="refresh" data-text="refresh"></option>
        <option value="report" data-text="report"></option>
      </select>
    </p>
    <div class="row" id="faults"></div>
    <div id="queue"></div>
  </section>
  <section>
    <h2 data-text="accounts"></h2>
    <div id="accounts"></div>
    <div class="row" id="tokens"></div>
  </section>
</div>

<h2 data-text="curl"></h2>
<pre id="curl"></pre>

<h2><span data-text="journal"></span> <small id="counts" class="muted"></small></h2>
<ol id="journal"></ol>
<p class="row" id="clears"></p>

<script>
"use strict"
const texts = {
  en: {
    title: "Jindouyun sandbox", warning: "For tests only, not for production.", docs: "API", language: "中文",
    key: "The control key that the server printed when it started:", use: "Use",
    clock: "The platform's clock", faults: "Faults", next: "The next request:", acquire: "acquisition", refresh: "refresh", report: "report",
    accounts: "Accounts and tokens", curl: "The last action as a command", journal: "Requests", none: "none",
    noTokens: "no valid token", access: "access token", refreshToken: "refresh token", left: (time) => time + " left", units: ["d", "h", "min", "s"], over: "expired or revoked",
    revokeAccess: "Revoke access tokens", revokeAll: "Revoke all tokens", clearFaults: "Clear faults", clearJournal: "Clear requests", reset: "Reset everything",
    advance: "Advance by", hour: "1 hour", day: "24 hours", month: "30 days",
    refuse: "Reject the token (40003)", wrong: "Refuse the credentials (40001)", failure: "Server failure (50000)", html: "502 of a gateway", unavailable: "503, retry after 5 s",
    before: "Connection reset before acting", after: "Connection reset after acting", late: "Answer after 5 s", empty: "Empty answer",
    pending: "pending", cut: "the client closed the connection", acted: "the platform acted", notActed: "the platform did not act",
    token: "token requests", reports: "reports", overlap: "at the same time at most", start: "Choose an action above: its command appears here.",
    offline: "The server does not answer.", forbidden: "The server requires its control key."
  },
  zh: {
    title: "筋斗云沙箱", warning: "仅供测试，请勿用于生产环境。", docs: "API", language: "English",
    key: "服务器启动时输出的控制密钥：", use: "使用",
    clock: "平台时钟", faults: "故障", next: "下一次请求：", acquire: "获取 Token", refresh: "刷新 Token", report: "调用报表",
    accounts: "账号与 Token", curl: "上一操作对应的命令", journal: "请求记录", none: "无",
    noTokens: "无有效 Token", access: "accessToken", refreshToken: "refreshToken", left: (time) => "剩余 " + time, units: ["天", "小时", "分", "秒"], over: "已过期或已撤销",
    revokeAccess: "撤销 accessToken", revokeAll: "撤销全部 Token", clearFaults: "清除故障", clearJournal: "清除记录", reset: "全部重置",
    advance: "前进", hour: "1 小时", day: "24 小时", month: "30 天",
    refuse: "拒绝 Token（40003）", wrong: "拒绝凭据（40001）", failure: "服务器故障（50000）", html: "网关返回 502", unavailable: "503，5 秒后重试",
    before: "连接重置，未处理", after: "连接重置，已处理", late: "5 秒后响应", empty: "空响应",
    pending: "处理中", cut: "客户端关闭了连接", acted: "平台已处理", notActed: "平台未处理",
    token: "次 Token 请求", reports: "次报表调用", overlap: "同时最多", start: "选择上面的操作后，此处显示对应的命令。",
    offline: "服务器没有响应。", forbidden: "服务器要求控制密钥。"
  }
}
const find = (id) => document.getElementById(id)
const state = { key: "", offset: 0, readAt: 0, accounts: [], pairs: [], behaviour: {}, faults: {}, counts: undefined, total: 0, journal: [] }
let language = location.hash === "#zh" || (location.hash === "" && navigator.language.startsWith("zh")) ? "zh" : "en"
const text = (name) => texts[language][name]

const element = (tag, content, className) => {
  const made = document.createElement(tag)
  if (content !== undefined) made.textContent = content
  if (className !== undefined) made.className = className
  return made
}

// Requests

const request = async (method, path, body) => {
  const headers = state.key === "" ? {} : { "X-Sandbox-Key": state.key }
  const sent = body === undefined ? { method, headers } : { method, headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify(body) }
  const response = await fetch("/_sandbox" + path, sent)
  if (!response.ok) {
    const { problems = [] } = await response.json().catch(() => ({}))
    find("ask").hidden = response.status !== 403
    throw new Error(response.status === 403 ? text("forbidden") : problems.map((it) => it.field + " " + it.problem + ": " + it.expected).join("; "))
  }
  return response
}

const show = (error) => {
  find("problem").textContent = error instanceof TypeError ? text("offline") : error === undefined ? "" : error.message
}

const quote = (value) => "'" + value.replaceAll("'", "'\\''") + "'"

const commandOf = (method, path, body) =>
  ["curl -s", method === "GET" || body !== undefined ? "" : "-X " + method, quote(location.origin + "/_sandbox" + path),
    state.key === "" ? "" : "-H \"X-Sandbox-Key: $SANDBOX_KEY\"",
    body === undefined ? "" : "-H 'Content-Type: application/json' -d " + quote(JSON.stringify(body))].filter((part) => part !== "").join(" ")

const act = async (method, path, body, after = () => {}) => {
  find("curl").textContent = commandOf(method, path, body)
  find("curl").dataset.used = ""
  try {
    await request(method, path, body)
    after()
    show()
  } catch (error) {
    show(error)
  }
  await load()
}

let loading
const load = () => {
  loading = (loading ?? Promise.resolve()).then(async () => {
    const read = async (path) => (await request("GET", path)).json()
    try {
      const [accounts, pairs, behaviour, faults, counts, clock] = await Promise.all(
        ["/accounts", "/tokens", "/behaviour", "/faults", "/counts", "/clock"].map(read))
      const { acquire, refresh, report } = counts.requests
      // A command cleared the journal.
      if (acquire + refresh + report < state.total) state.journal = []
      state.total = acquire + refresh + report
      Object.assign(state, { accounts, pairs, behaviour, faults, counts, readAt: Date.now(), offset: Date.parse(clock.now) - Date.now() })
      find("ask").hidden = true
    } catch (error) {
      show(error)
    }
    draw()
  })
  return loading
}

// EventSource sends no header, so the key needs a stream of fetch.
const follow = async () => {
  for (;;) {
    try {
      const reader = (await request("GET", "/journal/events")).body.pipeThrough(new TextDecoderStream()).getReader()
      show()
      state.journal = []
      await load()
      for (let rest = "";;) {
        const { done, value } = await reader.read()
        if (done) break
        const events = (rest + value).split("\n\n")
        rest = events.pop()
        for (const event of events) {
          const data = event.split("\n").find((line) => line.startsWith("data: "))
          if (data !== undefined) state.journal.push(JSON.parse(data.slice(6)))
        }
        state.journal = state.journal.slice(-200)
        await load()
      }
    } catch (error) {
      show(error)
    }
    await new Promise((resume) => setTimeout(resume, 1000))
  }
}

// Drawing

const duration = (millis) => {
  const seconds = Math.max(0, Math.round(millis / 1000))
  const [days, hours, minutes] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60]
  const parts = [days, hours, minutes, seconds % 60]
  const largest = parts.findIndex((part) => part > 0)
  const first = largest < 0 ? 3 : largest
  return parts.slice(first, first + 2).map((part, index) => part + " " + text("units")[first + index]).join(" ")
}

const tokenOf = (name, masked, remaining, whole) => {
  const left = remaining === null ? 0 : remaining - (Date.now() - state.readAt)
  const row = element("div", undefined, "token")
  const label = element("span", text(name) + " ")
  label.append(element("code", masked))
  const bar = element("div", undefined, "bar" + (left <= 0 ? " over" : left < whole / 10 ? " soon" : ""))
  const fill = element("i")
  fill.style.width = left <= 0 ? "100%" : Math.min(100, 100 * left / whole) + "%"
  bar.append(fill)
  row.append(label, element("span", left <= 0 ? text("over") : text("left")(duration(left)), "muted"), bar)
  return row
}

const reasons = ${JSON.stringify(rows)}
const inChinese = (reason) => {
  for (const [english, chinese] of reasons) {
    const parts = new RegExp("^" + english + "$").exec(reason)
    if (parts !== null) return chinese.replace(/([$@])([0-9])/g, (_, mark, number) => mark === "$" ? parts[number] : inChinese(parts[number]))
  }
  return reason
}

const outcomeOf = ({ outcome, reason }) => {
  const because = reason === undefined ? "" : language === "zh" ? "：" + inChinese(reason) : ": " + reason
  switch (outcome._tag) {
    case "Answered":
      return [outcome.status + " · " + outcome.code + because, outcome.code === 20000 ? "good" : "bad"]
    case "Faulted":
      return [outcome.fault + (outcome.code === null ? "" : " · " + outcome.code) + " · " + text(outcome.acted ? "acted" : "notActed") + because, "soon"]
    case "Cut":
      return [text("cut") + because, "bad"]
    default:
      return [text("pending"), "muted"]
  }
}

const entryOf = (entry) => {
  const row = element("li")
  const [outcome, className] = outcomeOf(entry)
  row.append(
    element("span", "#" + entry.sequence + " " + entry.at.slice(11, 19) + " ", "muted"),
    element("code", entry.method + " " + entry.path + " "),
    element("span", outcome, className)
  )
  return row
}

const draw = () => {
  const now = Date.now() + state.offset
  find("now").textContent = new Date(now).toISOString().replace("T", " ").slice(0, 19) + " UTC"
  find("accounts").replaceChildren(...state.accounts.map(({ username }) => {
    const box = element("div", undefined, "account")
    box.append(element("strong", username))
    const pairs = state.pairs.filter((pair) => pair.username === username).slice(-3)
    if (pairs.length === 0) box.append(" ", element("span", text("noTokens"), "muted"))
    for (const pair of pairs) {
      box.append(
        tokenOf("access", pair.accessToken, pair.accessTokenRemaining, state.behaviour.accessTokenLifetime),
        tokenOf("refreshToken", pair.refreshToken, pair.refreshTokenRemaining, state.behaviour.refreshTokenLifetime))
    }
    return box
  }))
  find("queue").replaceChildren(...Object.entries(state.faults).flatMap(([endpoint, faults]) =>
    faults.map((fault) => element("code", endpoint + ": " + fault._tag + (fault.code === undefined ? "" : " " + fault.code)))))
  if (state.counts !== undefined) {
    const { maxOverlap, requests } = state.counts
    find("counts").textContent = requests.acquire + requests.refresh + " " + text("token") + " (" + text("overlap") + " " + maxOverlap + ") · " + requests.report + " " + text("reports")
  }
  const shown = state.journal.map(({ outcome, sequence }) => sequence + outcome._tag).join() + language
  if (find("journal").dataset.shown !== shown) {
    find("journal").dataset.shown = shown
    find("journal").replaceChildren(...state.journal.toReversed().map(entryOf))
  }
}

const button = (label, run) => {
  const made = element("button", label)
  made.type = "button"
  made.onclick = run
  return made
}

const fault = (value) => () => act("POST", "/faults", { endpoint: find("endpoint").value, fault: value })
const advance = (by) => () => act("POST", "/clock/advance", { by })

const translate = () => {
  document.documentElement.lang = language
  for (const labelled of document.querySelectorAll("[data-text]")) labelled.textContent = text(labelled.dataset.text)
  find("language").textContent = text("language")
  for (const id of ["journal", "queue", "accounts"]) find(id).dataset.empty = text("none")
  if (find("curl").dataset.used === undefined) find("curl").textContent = text("start")
  find("clocks").replaceChildren(
    element("span", text("advance")), button(text("hour"), advance("1 hour")), button(text("day"), advance("24 hours")), button(text("month"), advance("30 days")))
  find("faults").replaceChildren(
    button(text("refuse"), fault({ _tag: "Refuse", code: 40003 })),
    button(text("wrong"), fault({ _tag: "Refuse", code: 40001 })),
    button(text("failure"), fault({ _tag: "Refuse", code: 50000 })),
    button(text("html"), fault({ _tag: "Html502" })),
    button(text("unavailable"), fault({ _tag: "Status", status: 503, retryAfter: 5 })),
    button(text("before"), fault({ _tag: "ResetBeforeActing" })),
    button(text("after"), fault({ _tag: "ResetAfterActing" })),
    button(text("late"), fault({ _tag: "Delay", duration: "5 seconds" })),
    button(text("empty"), fault({ _tag: "Empty" })),
    button(text("clearFaults"), () => act("DELETE", "/faults")))
  find("tokens").replaceChildren(
    button(text("revokeAccess"), () => act("POST", "/tokens/revoke", { which: "accessTokens" })),
    button(text("revokeAll"), () => act("POST", "/tokens/revoke", { which: "allTokens" })))
  const forget = (method, path) => () => act(method, path, undefined, () => {
    state.journal = []
  })
  find("clears").replaceChildren(button(text("clearJournal"), forget("DELETE", "/journal")), button(text("reset"), forget("POST", "/reset")))
  draw()
}

find("language").onclick = () => {
  location.hash = language === "en" ? "zh" : "en"
}
find("ask").onsubmit = (event) => {
  event.preventDefault()
  state.key = find("key").value
  show()
  load()
}
translate()
follow()
setInterval(draw, 1000)
// A command can change the state without a request to the platform.
setInterval(load, 2000)
addEventListener("hashchange", () => {
  language = location.hash === "#zh" ? "zh" : "en"
  translate()
})
</script>
</body>
</html>
`
