/**
 * The names of Effect that the sources use, and what they are called in Effect 4. A module or a member that is not here, or in
 * `rules.ts`, is an error of the generator: somebody has to look it up.
 */

/** A package that is generated. */
export interface Edition {
  readonly from: string
  readonly to: string
  readonly folders: ReadonlyArray<string>
  /** Files that stay on Effect 3. Exports of them are left out. */
  readonly without?: ReadonlyArray<string>
  /** Files that are written for each Effect, besides `src/internal/edition`. */
  readonly byHand?: ReadonlyArray<string>
}

export const editions: ReadonlyArray<Edition> = [
  { from: "packages/core", to: "packages/effect4", folders: ["src"] },
  {
    from: "packages/sandbox",
    to: "packages/effect4-sandbox",
    folders: ["src"],
    without: [
      "src/ControlApi.ts",
      "src/PlatformApi.ts",
      "src/SandboxServer.ts",
      "src/internal/controlApp.ts",
      "src/internal/faultFromJson.ts",
      "src/internal/httpApp.ts",
      "src/internal/json.ts",
      "src/internal/nodeCarrier.ts",
      "src/internal/problems.ts",
      "src/internal/spec.ts"
    ]
  },
  { from: "packages/redis", to: "packages/effect4-redis", folders: ["src"] }
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
  "@effect/platform-node/NodeHttpClient": { same: "Dispatcher layerUndiciWithoutDispatcher" },
  "@effect/platform/Error": { to: "effect/PlatformError", same: "PlatformError" },
  "@effect/platform/FetchHttpClient": { to: "effect/http/FetchHttpClient", same: "Fetch RequestInit layer" },
  "@effect/platform/FileSystem": { to: "effect/FileSystem", same: "File FileSystem" },
  "@effect/platform/HttpApi": { to: "effect/http-api/HttpApi", same: "make" },
  "@effect/platform/HttpApiClient": { to: "effect/http-api/HttpApiClient", same: "makeWith" },
  "@effect/platform/HttpApiEndpoint": { to: "effect/http-api/HttpApiEndpoint", same: "get" },
  "@effect/platform/HttpApiError": { to: "effect/http-api/HttpApiError", same: "HttpApiDecodeError" },
  "@effect/platform/HttpApiGroup": { to: "effect/http-api/HttpApiGroup", same: "make" },
  "@effect/platform/HttpBody": { to: "effect/http/HttpBody", same: "HttpBody Uint8Array text" },
  "@effect/platform/HttpClient": { to: "effect/http/HttpClient", same: "HttpClient make makeWith withScope" },
  "@effect/platform/HttpClientError": { to: "effect/http/HttpClientError", same: "HttpClientError" },
  "@effect/platform/HttpClientRequest": {
    to: "effect/http/HttpClientRequest",
    same: "HttpClientRequest make modify setHeader setUrl setUrlParam"
  },
  "@effect/platform/HttpClientResponse": { to: "effect/http/HttpClientResponse", same: "HttpClientResponse fromWeb" },
  "@effect/platform/HttpMethod": { to: "effect/http/HttpMethod", same: "HttpMethod" },
  "@effect/platform/KeyValueStore": {
    to: "effect/persistence/KeyValueStore",
    same: "KeyValueStore layerFileSystem prefix"
  },
  "@effect/platform/UrlParams": { to: "effect/http/UrlParams", same: "Input UrlParams empty fromInput set" },
  "effect/Array": {
    same: "NonEmptyReadonlyArray dedupeWith filterMap getSomes",
    renamed: { isNonEmptyReadonlyArray: "isReadonlyArrayNonEmpty", unsafeGet: "getUnsafe" }
  },
  "effect/Cause": { same: "Cause die map pretty", renamed: { failureOption: "findErrorOption" } },
  "effect/Clock": { same: "Clock clockWith currentTimeMillis" },
  "effect/Config": {
    same: "Config all isConfig map unwrap withDefault",
    renamed: { duration: "Duration", integer: "Int", redacted: "Redacted", string: "String" }
  },
  "effect/ConfigProvider": { same: "ConfigProvider" },
  "effect/Context": { same: "Context add make" },
  "effect/Data": { same: "Class TaggedEnum TaggedError taggedEnum" },
  "effect/DateTime": {
    same: "DateTime Utc formatIso now toDateUtc toEpochMillis",
    renamed: { distanceDuration: "distance", unsafeMake: "makeUnsafe" }
  },
  "effect/Deferred": { same: "Deferred await isDone make succeed", renamed: { unsafeDone: "doneUnsafe" } },
  "effect/Duration": {
    same: "Duration millis seconds toMillis zero",
    renamed: { DurationInput: "Input", decode: "fromInputUnsafe" }
  },
  "effect/Effect": {
    same:
      "Effect acquireRelease addFinalizer all annotateLogs annotateSpans as asSome asVoid catchIf clockWith context delay die ensuring exit fail failCause failSync filterOrFail firstSuccessOf flatMap flatten flip forEach forkIn forkScoped gen ignore interrupt interruptible isSuccess logDebug logError logInfo logWarning map mapError matchCauseEffect matchEffect onError onExit onInterrupt option orDie orElseSucceed promise provide provideServiceEffect repeat replicateEffect runFork scope scoped serviceOption sleep succeed succeedNone succeedSome suspend sync tap tapError timeoutOption try tryPromise uninterruptible uninterruptibleMask useSpan void withParentSpan zipWith",
    renamed: {
      catchAll: "catch",
      catchAllCause: "catchCause",
      catchAllDefect: "catchDefect",
      either: "result",
      makeSemaphore: "Semaphore.make",
      forkDaemon: "forkDetach",
      zipLeft: "tap",
      zipRight: "andThen"
    }
  },
  "effect/Either": {
    to: "effect/Result",
    same: "all andThen flatMap gen getOrElse getOrUndefined map mapBoth match try void",
    renamed: {
      Either: "Result",
      fromNullable: "fromNullishOr",
      getRight: "getSuccess",
      isLeft: "isFailure",
      isRight: "isSuccess",
      left: "fail",
      mapLeft: "mapError",
      right: "succeed"
    }
  },
  "effect/Encoding": {
    renamed: { decodeBase64: "Base64.decode", encodeBase64: "Base64.encode", encodeHex: "Hex.encode" }
  },
  "effect/Equal": { same: "equals" },
  "effect/Exit": {
    same: "fail failCause isExit isFailure isSuccess void",
    renamed: { causeOption: "getCause", isInterrupted: "hasInterrupts" }
  },
  "effect/Fiber": { same: "await interrupt join", renamed: { RuntimeFiber: "Fiber" } },
  "effect/FiberId": {},
  "effect/Layer": {
    same: "Layer effect provide provideMerge succeed suspend tap",
    renamed: {
      scoped: "effect",
      scopedDiscard: "effectDiscard",
      setConfigProvider: "ConfigProvider.layer",
      unwrapEffect: "unwrap"
    }
  },
  "effect/Option": {
    same:
      "Option all exists filter filterMap flatMap getOrElse getOrNull getOrThrow getOrUndefined isNone isSome liftThrowable map match none orElse some toArray",
    renamed: { fromNullable: "fromNullishOr" }
  },
  "effect/ParseResult": { to: "effect/Schema", renamed: { ParseError: "SchemaError" } },
  "effect/Predicate": {
    same: "hasProperty isBigInt isBoolean isNumber isPromiseLike isString isTagged",
    renamed: { isReadonlyRecord: "isReadonlyObject", isRecord: "isObject" }
  },
  "effect/Queue": { same: "Enqueue offer shutdown sliding take" },
  "effect/Random": { same: "next nextIntBetween" },
  "effect/Record": { same: "map" },
  "effect/Redacted": { same: "Redacted make value" },
  "effect/Ref": { same: "Ref get getAndSet getAndUpdate make modify update updateAndGet" },
  "effect/Schedule": { same: "Schedule recurs spaced" },
  "effect/Schema": {
    same:
      "Array Int NonEmptyString Number String Struct TaggedError Uint8ArrayFromBase64 Unknown Void decodeOption encodeSync is isSchema optional",
    renamed: {
      DateTimeUtc: "DateTimeUtcFromString",
      JsonNumber: "Finite",
      Redacted: "RedactedFromValue",
      Schema: "Codec",
      decodeEither: "decodeResult",
      decodeUnknownEither: "decodeUnknownResult",
      encode: "encodeEffect",
      encodeUnknownEither: "encodeUnknownResult",
      parseJson: "fromJsonString"
    }
  },
  "effect/Scope": { same: "Scope close make", renamed: { CloseableScope: "Closeable", extend: "provide" } },
  "effect/Stream": {
    same:
      "Stream changes concat empty ensuring fail filter fromIterable mapEffect mapError runCollect runHead succeed takeUntil toReadableStream unwrap",
    renamed: { ensuringWith: "onExit", asyncPush: "callback", repeatEffect: "fromEffectRepeat", unwrapScoped: "unwrap" }
  },
  "effect/Struct": {},
  "effect/Tracer": { same: "ParentSpan Span" },
  "effect/Logger": {},
  "effect/LogLevel": {},
  "effect/Types": { same: "Mutable" }
}

/** The modules of renamed members that moved. */
export const elsewhere: { readonly [namespace: string]: string } = {
  Base64: "effect/encoding/Base64",
  Clock: "effect/Clock",
  ConfigProvider: "effect/ConfigProvider",
  Hex: "effect/encoding/Hex",
  References: "effect/References",
  Semaphore: "effect/Semaphore"
}

/** Functions of modules that are imported by name. */
export const functions: { readonly [module: string]: string } = {
  "effect/Function": "constVoid identity",
  "effect/Inspectable": "toStringUnknown"
}

/** Methods of values of Effect, whatever the value is called. */
export const methods: { readonly [method: string]: string } = {
  unsafeCurrentTimeMillis: "currentTimeMillisUnsafe",
  unsafeCurrentTimeNanos: "monotonicTimeNanosUnsafe"
}

/** Types inside a namespace of another type. */
export const nestedTypes: { readonly [type: string]: string } = {
  "Config.Config.Wrap": "Config.Wrap",
  "Schema.Schema.All": "Schema.Top"
}

/** Packages of this library. */
export const packages: { readonly [name: string]: string } = {
  "@jindouyun/core": "@jindouyun/effect4",
  "@jindouyun/redis": "@jindouyun/effect4-redis",
  "@jindouyun/sandbox": "@jindouyun/effect4-sandbox"
}

/** The classes that are a `Context.Reference`. A reference is a value on Effect 4, and no effect requires it. */
export const references: ReadonlyArray<string> = ["Fetch", "RetryBudget", "RetryPolicy", "TokenStore"]
