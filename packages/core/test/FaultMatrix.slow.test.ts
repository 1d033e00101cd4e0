import { afterAll, assert, beforeAll, describe, expect, it } from "@effect/vitest"
import * as Fault from "@jindouyun/sandbox/Fault"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Cell from "./matrix/cell.js"
import { type ActName, acts, type Observed } from "./matrix/cell.js"
import * as Census from "./matrix/census.js"
import * as report from "./matrix/report.js"
import { clients, type Expectation, type Row, rows } from "./matrix/rows.js"
import * as Stage from "./matrix/stage.js"

type ByAct<A> = { readonly [Name in ActName]: A }

const byAct = <A>(f: (name: ActName) => A): ByAct<A> =>
  Object.fromEntries(acts.map(({ name }) => [name, f(name)])) as ByAct<A>

const expected = ({ arrives = true, course, request }: Expectation): ByAct<string> =>
  byAct((name) => name === "requests" ? `${arrives ? 1 : 0} ${request}` : course[name].replace("✗", request))

const limit = 60_000

// Socket buffers of the system take some megabytes before a server notices that nobody reads.
const buffers = 2 ** 24

const nothing: Observed["left"] = { busy: 0, open: 0 }

/** What keeps the process alive and did not before. The pipes are the test runner's. */
const resourcesBesides = (before: ReadonlyArray<string>) =>
  // A timer is active until its callback returns, and the fiber may run in the callback of its own sleep.
  Effect.map(Effect.yieldNow(), () => {
    const rest = [...before]
    return process.getActiveResourcesInfo().filter((name) => {
      if (name === "PipeWrap") {
        return false
      }
      const index = rest.indexOf(name)
      return index < 0 || rest.splice(index, 1).length === 0
    })
  })

const play = (row: Row) =>
  Effect.flatMap(
    // What a cell takes to begin with must not keep others waiting beyond their timeouts.
    Effect.makeSemaphore(1),
    (gate) =>
      Effect.forEach(
        Object.entries(row.clients ?? clients).flatMap(([name, layer]) =>
          acts.map((act) => ({ act, client: { name, layer } }))
        ),
        ({ act, client }) =>
          Effect.map(
            Cell.play(row.trouble, client, act, row.settings ?? {}, gate),
            (observed) => ({ act: act.name, client: client.name, observed })
          ),
        { concurrency: "unbounded" }
      )
  )

const lines = new Map<Row, ReadonlyArray<report.Line>>()

type Cells = Effect.Effect.Success<ReturnType<typeof play>>

const check = (row: Row, cells: Cells) => {
  const names = [...new Set(cells.map(({ client }) => client))]
  const observed = names.map((name) => {
    const own = cells.filter(({ client }) => client === name)
    return { name, outcomes: byAct((act) => own.find((cell) => cell.act === act)?.observed.outcome ?? "") }
  })
  lines.set(row, report.lines(row, observed, row.clients === undefined))
  for (const { name, outcomes } of observed) {
    assert.deepStrictEqual(outcomes, expected(row.except?.[name] ?? row), `${row.title}, ${name}`)
  }
  for (const { act, client, observed: { left, pause, retryAfter, taken } } of cells) {
    const where = `${row.title}, ${client}, ${act}`
    assert.deepStrictEqual(left, nothing, `${where}: what was left`)
    assert.isBelow(taken, buffers, `${where}: bytes taken`)
    if (row.retryAfter !== undefined && act === "requests") {
      assert.isTrue(inBounds(retryAfter, row.retryAfter), `${where}: Retry-After was read as ${retryAfter}`)
    }
    if (row.pause !== undefined && act.endsWith("once")) {
      assert.isTrue(inBounds(pause, [row.pause, Infinity]), `${where}: a pause of ${pause}`)
    }
  }
}

const inBounds = (value: number | undefined, [least, most]: readonly [number, number]) =>
  value !== undefined && value >= least && value <= most

const atOnce = 2 * Object.keys(clients).length * acts.length

describe("fault matrix", () => {
  const atFirst = process.getActiveResourcesInfo()

  afterAll(async () => {
    const more = await Effect.runPromise(Census.settled(resourcesBesides(atFirst), (more) => more.length === 0))
    assert.deepStrictEqual(more, [], "active resources after the servers have been closed")
  })

  const scope = Effect.runSync(Scope.make())
  let servers: Context.Context<Stage.Servers>
  beforeAll(async () => {
    servers = await Effect.runPromise(Layer.buildWithScope(Stage.servers(atOnce), scope))
    await Effect.runPromise(Effect.provide(play(warmUp), servers))
  })
  afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

  for (const row of rows) {
    // On a busy machine an answer can be late by accident.
    const retry = row.waits === true ? 2 : 0
    it.live(`${row.group}: ${row.title}`, () =>
      Effect.gen(function*() {
        const before = process.getActiveResourcesInfo()
        check(row, yield* Effect.provide(play(row), servers))
        const more = yield* Census.settled(resourcesBesides(before), (more) => more.length === 0)
        assert.deepStrictEqual(more, [], "active resources")
      }), { timeout: limit, retry })
  }

  it("every fault of the sandbox has a row", () => {
    assert.deepStrictEqual([...Stage.faults].sort(), Object.keys(everyFault).sort())
  })

  it("RESULTS.md has what was observed", async () => {
    const observed = rows.flatMap((row) => lines.get(row) ?? [])
    await expect(report.page(observed)).toMatchFileSnapshot("../../core/test/matrix/RESULTS.md")
  })
})

/** The clients load much of themselves when they are first used. */
const warmUp: Row = {
  group: "",
  title: "",
  trouble: Stage.sandbox(() => Fault.returnCode(50000)),
  request: "",
  course: byAct(() => "")
}

const everyFault: { readonly [Tag in Fault.Fault["_tag"]]: true } = {
  Refuse: true,
  ResetBeforeActing: true,
  ResetAfterActing: true,
  Delay: true,
  SlowBody: true,
  Truncate: true,
  Empty: true,
  InvalidUtf8: true,
  Html502: true,
  Status: true,
  WrongTypes: true,
  Oversized: true,
  Redirect: true,
  RawBody: true
}
