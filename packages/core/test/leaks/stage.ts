import type * as HttpClient from "@effect/platform/HttpClient"
import * as Sandbox from "@jindouyun/sandbox/Sandbox"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Tracer from "effect/Tracer"
import * as Jindouyun from "../../src/Jindouyun.js"
import type { InvalidConfiguration } from "../../src/JindouyunError.js"
import * as PlatformClient from "../../src/PlatformClient.js"
import * as TokenApi from "../../src/TokenApi.js"
import * as TokenProvider from "../../src/TokenProvider.js"
import * as TokenStore from "../../src/TokenStore.js"
import * as recorder from "../edition/recorder.js"
import { around, type Canaries, colourful, type Plumage, search } from "./canaries.js"
import { HastyClock, listenIn, plant, type Planted } from "./world.js"

/** What a scene is played with. */
export interface Stage {
  readonly api: TokenApi.Service
  readonly canaries: Canaries
  readonly client: PlatformClient.Service
  readonly password: string
  readonly provider: TokenProvider.Service
  readonly recording: recorder.Recording
  readonly sandbox: Sandbox.Service
  /** Lets the next request bring canaries. */
  readonly plant: (endpoint: "acquire" | "refresh") => Effect.Effect<Planted>
  readonly show: (channel: string, value: unknown) => void
  readonly observer: <A, E, R>(
    name: string,
    operation: Effect.Effect<A, E, R>
  ) => Effect.Effect<Exit.Exit<A, E>, never, Exclude<R, Tracer.ParentSpan>>
}

/** How a scene is set: what the library is told, what the platform is, and how the canaries look. */
export interface Setting {
  readonly plumage?: Plumage
  readonly settings?: Partial<Jindouyun.Options>
  readonly sandbox?: Sandbox.Options
  readonly store?: TokenStore.Service
  /** The address of the platform, once it is built. */
  readonly baseUrl?: () => string | undefined
  /** Instead of the sandbox in memory, and in real time. */
  readonly platform?: (options: Sandbox.Options) => Layer.Layer<Sandbox.Sandbox | HttpClient.HttpClient>
}

/** Limits that let a scene end soon. */
export const impatient = {
  requestTimeout: "2 seconds",
  renewalTimeout: "6 seconds",
  maxAttempts: 2,
  retryBudget: 100_000,
  maxResponseBytes: 4000
} as const

/**
 * Plays a scene on a platform that repeats what it was sent, and gives every hit of every canary in all that was shown
 * meanwhile, the services and the journal of the platform included.
 */
export const hitsOf = <E>(
  { baseUrl, platform, plumage = colourful, sandbox: behaviour = {}, settings = {}, store = TokenStore.none }: Setting,
  scene: (stage: Stage) => Effect.Effect<unknown, E>
): Effect.Effect<ReadonlyArray<string>, E | InvalidConfiguration> => {
  const password = plumage.password()
  const pairs = {
    acquire: { accessToken: plumage.token(), refreshToken: plumage.token() },
    refresh: { accessToken: plumage.token(), refreshToken: plumage.token() }
  }
  const canaries: Canaries = new Map([
    ["password", password],
    ["accessToken of an acquisition", pairs.acquire.accessToken],
    ["refreshToken of an acquisition", pairs.acquire.refreshToken],
    ["accessToken of a refresh", pairs.refresh.accessToken],
    ["refreshToken of a refresh", pairs.refresh.refreshToken]
  ])
  const recording: recorder.Recording = new Map()
  const options: Sandbox.Options = { password, echo: true, ...behaviour }
  const play = Effect.gen(function*() {
    const world = yield* Layer.build(listenIn((platform ?? Sandbox.layerHttpClient)(options), canaries))
    const ours = yield* Effect.provide(
      Layer.build(
        Layer.fresh(
          Jindouyun.layer({
            username: "user1",
            password: Redacted.make(password),
            baseUrl: baseUrl?.(),
            ...impatient,
            ...settings
          })
        )
      ).pipe(Effect.provideService(TokenStore.TokenStore, store)),
      world
    )
    const context = Context.merge(world, ours)
    const sandbox = Context.get(context, Sandbox.Sandbox)
    const stage: Stage = {
      api: Context.get(context, TokenApi.TokenApi),
      canaries,
      client: Context.get(context, PlatformClient.PlatformClient),
      password,
      plant: (endpoint) => plant(sandbox, endpoint, pairs[endpoint]),
      provider: Context.get(context, TokenProvider.TokenProvider),
      recording,
      sandbox,
      show: (channel, value) => recorder.show(recording, channel, value),
      observer: (name, operation) => recorder.observer(recording, name, operation)
    }
    yield* scene(stage)
    yield* stage.observer("status", stage.provider.status)
    stage.show("journal", yield* sandbox.journal)
  }).pipe(Effect.scoped, Effect.provide(recorder.layer(recording)))
  return (platform === undefined ? Effect.withClock(play, new HastyClock()) : play).pipe(
    Effect.map(() => oracle(recording, canaries))
  )
}

/** Every canary in a recording, once for each channel it was seen in, with what stands around it. */
export const oracle = (recording: recorder.Recording, canaries: Canaries): ReadonlyArray<string> => {
  const find = search(canaries)
  const hits = [...recording].flatMap(([text, channel]) =>
    find(text).map((hit) => [`[${channel}] ${hit.canary}, as ${hit.form}`, around(hit, text)] as const)
  )
  return [...new Map(hits)].map(([hit, where]) => `${hit}: ${where}`)
}
