/**
 * `it.effect` and its relatives for Effect 4, on vitest 3.2. `@effect/vitest` 4 needs vitest 5, which needs Node 22. The tests
 * import this file under the name `@effect/vitest` (see `scripts/edition/vitest.config.ts`).
 */
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import * as FastCheck from "fast-check"
import * as V from "vitest"

export * from "vitest"

type Run<R> = <A, E>(effect: Effect.Effect<A, E, R>) => Promise<A>

type Options = number | V.TestOptions

interface Test<R> {
  <A, E>(name: string, self: (context: V.TestContext) => Effect.Effect<A, E, R>, options?: Options): void
}

type Arbitraries =
  | { readonly [name: string]: FastCheck.Arbitrary<unknown> }
  | ReadonlyArray<FastCheck.Arbitrary<unknown>>

type Values<Arbs> = { [Name in keyof Arbs]: Arbs[Name] extends FastCheck.Arbitrary<infer Value> ? Value : never }

type PropertyOptions = number | (V.TestOptions & { readonly fastCheck?: FastCheck.Parameters<unknown> })

interface Tester<R> extends Test<R> {
  readonly skip: Test<R>
  readonly only: Test<R>
  readonly skipIf: (condition: unknown) => Test<R>
  readonly runIf: (condition: unknown) => Test<R>
  readonly each: <T>(
    cases: ReadonlyArray<T>
  ) => <A, E>(name: string, self: (value: T) => Effect.Effect<A, E, R>, options?: Options) => void
  readonly prop: <const Arbs extends Arbitraries, A, E>(
    name: string,
    arbitraries: Arbs,
    self: (values: Values<Arbs>, context: V.TestContext) => Effect.Effect<A, E, R>,
    options?: PropertyOptions
  ) => void
}

interface Methods<R> extends Pick<V.TestAPI, "each" | "for" | "skip" | "skipIf" | "runIf" | "only"> {
  (name: string, self: (context: V.TestContext) => unknown, options?: Options): void
  readonly effect: Tester<R | Scope.Scope>
  readonly scoped: Tester<R | Scope.Scope>
  readonly live: Tester<R | Scope.Scope>
  readonly scopedLive: Tester<R | Scope.Scope>
  readonly prop: <const Arbs extends Arbitraries>(
    name: string,
    arbitraries: Arbs,
    self: (values: Values<Arbs>, context: V.TestContext) => unknown,
    options?: PropertyOptions
  ) => void
}

// The provider of Effect 4 reads the environment once; tests change it, also that of programs with a runtime of their own.
Reflect.set(
  ConfigProvider.ConfigProvider,
  "defaultValue",
  () => ConfigProvider.make((path) => ConfigProvider.fromEnv().load(path))
)

const runWith = <R, E>(layer: Layer.Layer<R, E>): Run<R | Scope.Scope> => async (effect) => {
  const exit = await Effect.runPromiseExit(Effect.scoped(Effect.provide(effect, layer)))
  if (Exit.isFailure(exit)) {
    throw Cause.squash(exit.cause)
  }
  return exit.value
}

/** When each sleep on a test clock ends. */
const pending = new WeakMap<object, Map<object, number>>()

// The clock of Effect 4 waits for one turn of the fibers before it moves, that of Effect 3 until all of them wait.
const settled = Effect.promise(() => new Promise((resolve) => setImmediate(resolve))).pipe(Effect.repeat({ times: 10 }))

/** The ends of the sleeps on the test clock, which its Effect 3 twin tells, in milliseconds since the epoch. */
export const sleeps = (): Effect.Effect<Chunk.Chunk<number>> =>
  Effect.andThen(
    settled,
    TestClock.testClockWith((clock) => Effect.sync(() => Chunk.fromIterable(pending.get(clock)?.values() ?? [])))
  )

const testClock = Layer.effectContext(Effect.map(Layer.build(TestClock.layer()), (context) => {
  const clock = Context.get(context, Clock.Clock) as TestClock.TestClock
  const ends = new Map<object, number>()
  const own: TestClock.TestClock = {
    ...clock,
    adjust: (duration) => Effect.andThen(settled, clock.adjust(duration)),
    setTime: (timestamp) => Effect.andThen(settled, clock.setTime(timestamp)),
    sleep: (duration) =>
      Effect.suspend(() => {
        const sleep = {}
        ends.set(sleep, clock.currentTimeMillisUnsafe() + Duration.toMillis(duration))
        return Effect.ensuring(clock.sleep(duration), Effect.sync(() => ends.delete(sleep)))
      })
  }
  pending.set(own, ends)
  return Context.add(context, Clock.Clock, own)
}))

// Logs would hide the report of the tests.
const testServices = Layer.mergeAll(testClock, Logger.layer([]))

const arbitraryOf = <Arbs extends Arbitraries>(arbitraries: Arbs): FastCheck.Arbitrary<Values<Arbs>> =>
  (Array.isArray(arbitraries)
    ? FastCheck.tuple(...arbitraries)
    : FastCheck.record(arbitraries as never)) as FastCheck.Arbitrary<Values<Arbs>>

const parametersOf = <Values>(options: PropertyOptions | undefined): FastCheck.Parameters<Values> =>
  (typeof options === "object" ? options.fastCheck ?? {} : {}) as never

const testOptions = (options: PropertyOptions | undefined): V.TestOptions =>
  typeof options === "number" ? { timeout: options } : options ?? {}

const tester = <R>(run: Run<R>): Tester<R> => {
  const test =
    (it: (name: string, options: V.TestOptions, f: (context: V.TestContext) => Promise<void>) => void): Test<R> =>
    (name, self, options) =>
      it(name, testOptions(options), async (context) => {
        await run(Effect.suspend(() => self(context)))
      })
  return Object.assign(test(V.it), {
    skip: test(V.it.skip),
    only: test(V.it.only),
    skipIf: (condition: unknown) => test(V.it.skipIf(condition)),
    runIf: (condition: unknown) => test(V.it.runIf(condition)),
    each:
      <T>(cases: ReadonlyArray<T>) =>
      <A, E>(name: string, self: (value: T) => Effect.Effect<A, E, R>, options?: Options) =>
        V.it.for(cases)(name, testOptions(options), async (value) => {
          await run(Effect.suspend(() => self(value as T)))
        }),
    prop: <const Arbs extends Arbitraries, A, E>(
      name: string,
      arbitraries: Arbs,
      self: (values: Values<Arbs>, context: V.TestContext) => Effect.Effect<A, E, R>,
      options?: PropertyOptions
    ) =>
      V.it(name, testOptions(options), (context) =>
        FastCheck.assert(
          FastCheck.asyncProperty(
            arbitraryOf(arbitraries),
            (values) => run(Effect.suspend(() => self(values, context))).then((result) => result !== false)
          ),
          parametersOf(options)
        ))
  })
}

const methods = <R>(layer: Layer.Layer<R, unknown>, services: Layer.Layer<never, unknown>): Methods<R> => {
  const test = tester(runWith(Layer.merge(layer, services)))
  const live = tester(runWith(layer))
  return Object.assign(V.it.extend({}), V.it, {
    effect: test,
    scoped: test,
    live,
    scopedLive: live,
    prop: <const Arbs extends Arbitraries>(
      name: string,
      arbitraries: Arbs,
      self: (values: Values<Arbs>, context: V.TestContext) => unknown,
      options?: PropertyOptions
    ) =>
      V.it(name, testOptions(options), (context) => {
        FastCheck.assert(
          FastCheck.property(arbitraryOf(arbitraries), (values) => self(values, context) !== false),
          parametersOf(options)
        )
      })
  }) as never
}

export const it: Methods<never> = methods(Layer.empty, testServices)

/** A layer that is built once for the tests of `f`. */
export const layer =
  <R, E>(layer: Layer.Layer<R, E>, options: { readonly excludeTestServices?: boolean } = {}) =>
  (f: (it: Methods<R>) => void): void => {
    const scope = Effect.runSync(Scope.make())
    let context: Context.Context<R> | undefined
    V.beforeAll(async () => {
      context = await Effect.runPromise(Layer.buildWithScope(layer, scope))
    })
    V.afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))
    const built = Layer.effectContext(Effect.sync(() => context as Context.Context<R>))
    f(methods(built, options.excludeTestServices === true ? Layer.empty : testServices))
  }
