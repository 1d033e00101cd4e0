/**
 * The names of Effect that the sources use, and what they are called in Effect 4. A module or a member that is not here, or in
 * `rules.ts`, is an error of the generator: look it up in both majors.
 */

/** A package that is generated. */
export interface Edition {
  readonly from: string
  readonly to: string
  readonly folders: ReadonlyArray<string>
  /** The files and folders that are generated, if it is not all. */
  readonly only?: ReadonlyArray<string>
  /** Files that stay on Effect 3. Exports of them are left out. */
  readonly without?: ReadonlyArray<string>
  /** Files that are written for each Effect, besides the folders named `edition`. */
  readonly byHand?: ReadonlyArray<string>
}

export const editions: ReadonlyArray<Edition> = [
  {
    from: "packages/core",
    to: "packages/effect4",
    folders: ["src", "test", "examples"],
    byHand: ["examples/http-api.ts", "examples/refresh-on-a-test-clock.ts"]
  },
  {
    from: "packages/sandbox",
    to: "packages/effect4-sandbox",
    folders: ["src"],
    without: [
      "src/ControlApi.ts",
      "src/ControlError.ts",
      "src/PlatformApi.ts",
      "src/SandboxServer.ts",
      "src/internal/carrier.ts",
      "src/internal/controlApp.ts",
      "src/internal/examples.ts",
      "src/internal/faultFromJson.ts",
      "src/internal/httpApp.ts",
      "src/internal/json.ts",
      "src/internal/nodeBody.ts",
      "src/internal/nodeCarrier.ts",
      "src/internal/page.ts",
      "src/internal/nodeGuard.ts",
      "src/internal/nodeServer.ts",
      "src/internal/problems.ts",
      "src/internal/spec.ts"
    ]
  },
  { from: "packages/redis", to: "packages/effect4-redis", folders: ["src", "test", "examples"] },
  {
    from: "packages/simulation",
    to: "packages/effect4-simulation",
    folders: ["model", "mutants", "oracle", "runs", "test", "world"],
    only: [
      "model",
      "mutants",
      "oracle",
      "runs/Batch.ts",
      "runs/Thread.ts",
      "runs/bundle.ts",
      "runs/worker.ts",
      "test/Oracle.test.ts",
      "test/Simulation.test.ts",
      "world"
    ]
  },
  { from: "packages/bench", to: "packages/effect4-bench", folders: ["contenders", "programs"] }
]

export interface Module {
  /** The module of Effect 4, if it has another name. Its last part is the name of its namespace. */
  readonly to?: string
  /** The members that have the same name and meaning in both, separated by spaces. */
  readonly same?: string
  /** The members with another name. A name with a dot is a member of another module of `elsewhere`. */
  readonly renamed?: { readonly [member: string]: string }
}

export const modules: { readonly [module: string]: Module } = {
  "@effect/platform-node/NodeContext": { to: "@effect/platform-node/NodeServices", same: "layer" },
  "@effect/platform-node/NodeFileSystem": { same: "layer" },
  "@effect/platform-node/NodeHttpClient": {
    same: "Dispatcher layerUndici",
    renamed: {
      layer: "layerNodeHttp",
      layerUndiciWithoutDispatcher: "layerUndiciNoDispatcher",
      layerWithoutAgent: "layerNodeHttpNoAgent",
      makeAgentLayer: "layerAgentOptions"
    }
  },
  "@effect/platform/Error": { to: "effect/PlatformError", same: "PlatformError" },
  "@effect/platform/FetchHttpClient": { to: "effect/http/FetchHttpClient", same: "Fetch RequestInit layer" },
  "@effect/platform/FileSystem": { to: "effect/FileSystem", same: "File FileSystem" },
  "@effect/platform/HttpApi": { to: "effect/http-api/HttpApi", same: "make" },
  "@effect/platform/HttpApiClient": { to: "effect/http-api/HttpApiClient", same: "makeWith" },
  "@effect/platform/HttpApiEndpoint": { to: "effect/http-api/HttpApiEndpoint", same: "get" },
  "@effect/platform/HttpApiError": { to: "effect/http-api/HttpApiError", same: "HttpApiDecodeError" },
  "@effect/platform/HttpApiGroup": { to: "effect/http-api/HttpApiGroup", same: "make" },
  "@effect/platform/HttpBody": {
    to: "effect/http/HttpBody",
    same: "HttpBody Uint8Array empty formDataRecord raw stream text urlParams",
    renamed: { unsafeJson: "jsonUnsafe" }
  },
  "@effect/platform/HttpClient": {
    to: "effect/http/HttpClient",
    same:
      "HttpClient filterStatusOk followRedirects make makeWith mapRequest mapRequestEffect retry retryTransient tapRequest transform transformResponse withScope"
  },
  "@effect/platform/HttpClientError": {
    to: "effect/http/HttpClientError",
    same: "HttpClientError"
  },
  "@effect/platform/HttpClientRequest": {
    to: "effect/http/HttpClientRequest",
    same:
      "HttpClientRequest bodyJson get make modify post schemaBodyJson setBody setHeader setHeaders setUrl setUrlParam",
    renamed: { bodyUnsafeJson: "bodyJsonUnsafe" }
  },
  "@effect/platform/HttpClientResponse": {
    to: "effect/http/HttpClientResponse",
    same: "HttpClientResponse filterStatusOk fromWeb schemaBodyJson"
  },
  "@effect/platform/HttpMethod": { to: "effect/http/HttpMethod", same: "HttpMethod" },
  "@effect/platform/KeyValueStore": {
    to: "effect/persistence/KeyValueStore",
    same: "KeyValueStore layerFileSystem layerMemory prefix"
  },
  "@effect/platform/UrlParams": { to: "effect/http/UrlParams", same: "Input UrlParams empty fromInput set toString" },
  "effect/Array": {
    same:
      "NonEmptyReadonlyArray dedupe dedupeAdjacent dedupeWith ensure filterMap flatten getSomes makeBy map range replicate zip",
    renamed: { isNonEmptyReadonlyArray: "isReadonlyArrayNonEmpty", unsafeGet: "getUnsafe" }
  },
  "effect/Cause": {
    same: "Cause die empty fail interrupt isCause map pretty prettyErrors squash",
    renamed: {
      failureOption: "findErrorOption",
      isInterruptedOnly: "hasInterruptsOnly",
      parallel: "combine",
      sequential: "combine",
      TimeoutException: "TimeoutError",
      UnknownException: "UnknownError"
    }
  },
  "effect/Clock": { same: "Clock clockWith currentTimeMillis" },
  "effect/Config": {
    same: "Config all isConfig map nested orElse succeed unwrap withDefault",
    renamed: { duration: "Duration", integer: "Int", redacted: "Redacted", string: "String" }
  },
  "effect/ConfigProvider": { same: "ConfigProvider make nested", renamed: { fromJson: "fromUnknown" } },
  "effect/Context": { same: "Context add empty get getOption make merge" },
  "effect/Data": { same: "Class TaggedEnum TaggedError taggedEnum" },
  "effect/DateTime": {
    same: "DateTime Utc formatIso now toDateUtc toEpochMillis",
    renamed: { distanceDuration: "distance", lessThan: "isLessThan", unsafeMake: "makeUnsafe" }
  },
  "effect/Deferred": {
    same: "Deferred await done fail isDone make succeed",
    renamed: { unsafeDone: "doneUnsafe", unsafeMake: "makeUnsafe" }
  },
  "effect/Duration": {
    same: "Duration days hours infinity millis minutes seconds toMillis toNanos zero",
    renamed: { DurationInput: "Input", decode: "fromInputUnsafe" }
  },
  "effect/Effect": {
    same:
      "Effect acquireRelease acquireUseRelease addFinalizer all annotateCurrentSpan annotateLogs annotateSpans as asSome asVoid cachedWithTTL catchIf catchTags clockWith context currentSpan delay die ensuring exit fail failCause failSync filterOrFail firstSuccessOf flatMap flatten flip forEach forever forkIn forkScoped gen ignore interrupt interruptible isEffect isSuccess log logDebug logError logInfo logTrace logWarning makeSpan map mapError match matchCauseEffect matchEffect never onError onExit onInterrupt option orDie orElseSucceed promise provide provideService provideServiceEffect repeat replicateEffect retry runFork runPromise runSync sandbox scope scoped serviceOption sleep succeed succeedNone succeedSome suspend sync tap tapError tapErrorTag timed timeout timeoutOption tracer try tryPromise uninterruptible uninterruptibleMask useSpan void withParentSpan withTracer withTracerEnabled zip zipWith",
    renamed: {
      catchAll: "catch",
      catchAllCause: "catchCause",
      catchAllDefect: "catchDefect",
      either: "result",
      makeSemaphore: "Semaphore.make",
      Semaphore: "Semaphore.Semaphore",
      async: "callback",
      forkDaemon: "forkDetach",
      locally: "provideService",
      tapErrorCause: "tapCause",
      zipLeft: "tap",
      zipRight: "andThen"
    }
  },
  "effect/Either": {
    to: "effect/Result",
    same: "all andThen flatMap flip gen getOrElse getOrThrow getOrUndefined map mapBoth match try void",
    renamed: {
      Either: "Result",
      fromNullable: "fromNullishOr",
      getLeft: "getFailure",
      getRight: "getSuccess",
      isLeft: "isFailure",
      isRight: "isSuccess",
      left: "fail",
      mapLeft: "mapError",
      right: "succeed"
    }
  },
  "effect/Encoding": {
    renamed: {
      decodeBase64: "Base64.decode",
      encodeBase64: "Base64.encode",
      encodeBase64Url: "Base64Url.encode",
      encodeHex: "Hex.encode"
    }
  },
  "effect/Equal": { same: "equals" },
  "effect/Exit": {
    same: "Exit fail failCause isExit isFailure isSuccess map succeed void",
    renamed: { causeOption: "getCause", isInterrupted: "hasInterrupts" }
  },
  "effect/Fiber": { same: "await interrupt interruptAll join", renamed: { RuntimeFiber: "Fiber" } },
  "effect/FiberId": {},
  "effect/FiberRef": {},
  "effect/Layer": {
    same: "Layer build buildWithScope effect fresh merge mergeAll orDie provide provideMerge succeed suspend sync tap",
    renamed: {
      scoped: "effect",
      scopedDiscard: "effectDiscard",
      setConfigProvider: "ConfigProvider.layer",
      unwrapEffect: "unwrap"
    }
  },
  "effect/Option": {
    same:
      "Option all exists filter filterMap flatMap getOrElse getOrNull getOrThrow getOrUndefined isNone isOption isSome liftThrowable map match none orElse some toArray",
    renamed: { fromNullable: "fromNullishOr" }
  },
  "effect/ParseResult": { to: "effect/Schema", renamed: { ParseError: "SchemaError" } },
  "effect/Predicate": {
    same: "hasProperty isBigInt isBoolean isNumber isPromiseLike isString isTagged",
    renamed: { isReadonlyRecord: "isReadonlyObject", isRecord: "isObject" }
  },
  "effect/Queue": { same: "Enqueue offer shutdown sliding take unbounded" },
  "effect/Random": { same: "Random next nextIntBetween" },
  "effect/Record": { same: "map" },
  "effect/Redacted": { same: "Redacted isRedacted make value", renamed: { unsafeWipe: "wipeUnsafe" } },
  "effect/Ref": {
    same: "Ref get getAndSet getAndUpdate make modify set update updateAndGet",
    renamed: { unsafeMake: "makeUnsafe" }
  },
  "effect/Schedule": { same: "Schedule forever recurs spaced", renamed: { tapOutput: "tap" } },
  "effect/Schema": {
    same:
      "Any Array Boolean Class DateFromString Int NonEmptyString NullOr Number NumberFromString String Struct Uint8ArrayFromBase64 Unknown Void decodeOption decodeUnknownSync encodeSync is isSchema optional",
    renamed: {
      Date: "DateFromString",
      DateTimeUtc: "DateTimeUtcFromString",
      BigIntFromSelf: "BigInt",
      JsonNumber: "Finite",
      Redacted: "RedactedFromValue",
      Schema: "Codec",
      decodeEither: "decodeResult",
      decodeUnknown: "decodeUnknownEffect",
      decodeUnknownEither: "decodeUnknownResult",
      encode: "encodeEffect",
      encodeEither: "encodeResult",
      encodeUnknownEither: "encodeUnknownResult",
      parseJson: "fromJsonString"
    }
  },
  "effect/Scope": {
    same: "Scope addFinalizer close make",
    renamed: { CloseableScope: "Closeable", extend: "provide" }
  },
  "effect/Stream": {
    same:
      "Stream changes concat decodeText empty ensuring fail filter fromEffect fromIterable fromPubSub make mapEffect mapError mkString never runCollect runDrain runForEach runHead succeed suspend sync take takeUntil tap toReadableStream unwrap",
    renamed: {
      ensuringWith: "onExit",
      asyncPush: "callback",
      paginateChunkEffect: "paginate",
      flattenIterables: "flattenIterable",
      repeatEffect: "fromEffectRepeat",
      unwrapScoped: "unwrap"
    }
  },
  "effect/Struct": {},
  "effect/Tracer": { same: "ParentSpan Span SpanStatus Tracer make" },
  "effect/Logger": { same: "Logger make map" },
  "effect/LogLevel": {},
  "effect/Types": { same: "Mutable" },
  "effect/TestClock": { to: "effect/testing/TestClock", same: "adjust setTime", renamed: { sleeps: "Vitest.sleeps" } },
  "effect/FastCheck": {
    to: "fast-check",
    same:
      "Arbitrary Random Stream Value array assert boolean check constantFrom date double integer json jsonValue maxSafeInteger nat oneof option property record stream string stringMatching tuple"
  },
  "effect/ManagedRuntime": { same: "make" },
  "effect/SynchronizedRef": { same: "get", renamed: { unsafeMake: "makeUnsafe" } },
  "effect/Metric": { same: "counter snapshot update" },
  "effect/Chunk": { same: "isEmpty size toArray toReadonlyArray" },
  "effect/HashMap": { same: "toEntries" },
  "@effect/platform/Headers": {
    to: "effect/http/Headers",
    same: "Input redact",
    renamed: { currentRedactedNames: "CurrentRedactedNames" }
  },
  "effect/PubSub": { same: "publish unbounded" },
  "effect/HashSet": { same: "make" },
  "effect/Console": { same: "log" },
  "@effect/platform/HttpServerError": { to: "effect/http/HttpServerError", same: "ServeError" },
  "effect/Runtime": {}
}

/** The modules of renamed members that moved. */
export const elsewhere: { readonly [namespace: string]: string } = {
  Base64: "effect/encoding/Base64",
  Base64Url: "effect/encoding/Base64Url",
  Clock: "effect/Clock",
  Effect: "effect/Effect",
  Layer: "effect/Layer",
  Random: "effect/Random",
  ConfigProvider: "effect/ConfigProvider",
  Hex: "effect/encoding/Hex",
  References: "effect/References",
  Semaphore: "effect/Semaphore",
  Vitest: "@effect/vitest"
}

/** Functions of modules that are imported by name. */
export const functions: { readonly [module: string]: string } = {
  "@effect/vitest": "afterAll assert beforeAll describe expect it layer vi",
  "@effect/platform-node/Undici": "Agent Dispatcher EnvHttpProxyAgent ProxyAgent RequestInit fetch",
  "@effect/vitest/utils": "deepStrictEqual",
  "effect/Function": "constVoid identity",
  "effect/Inspectable": "toStringUnknown"
}

/** Methods of values of Effect, whatever the value is called. */
export const methods: { readonly [method: string]: string } = {
  unsafeCurrentTimeMillis: "currentTimeMillisUnsafe",
  epochMillis: "epochMilliseconds",
  unsafePoll: "pollUnsafe",
  unsafeCurrentTimeNanos: "monotonicTimeNanosUnsafe"
}

/** Types inside a namespace of another type. */
export const nestedTypes: { readonly [type: string]: string } = {
  "Config.Config.Wrap": "Config.Wrap",
  "Effect.Effect.Success": "Effect.Success",
  "Schema.Schema.All": "Schema.Top"
}

/** Tags of errors of Effect, as texts. */
export const tags: { readonly [tag: string]: string } = {
  RequestError: "HttpClientError",
  ResponseError: "HttpClientError",
  TimeoutException: "TimeoutError"
}

/** Packages of this library. */
export const packages: { readonly [name: string]: string } = {
  "../core/src/": "../effect4/src/",
  "../simulation/": "../effect4-simulation/",
  "@jindouyun/core": "@jindouyun/effect4",
  "@jindouyun/redis": "@jindouyun/effect4-redis",
  "@jindouyun/sandbox": "@jindouyun/effect4-sandbox"
}

/** The classes that are a `Context.Reference`. A reference is a value on Effect 4, and no effect requires it. */
export const references: ReadonlyArray<string> = ["Fetch", "RetryBudget", "RetryPolicy", "SharedRunner", "TokenStore"]
