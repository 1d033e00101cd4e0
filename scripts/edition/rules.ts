/**
 * What Effect 4 writes in another form than Effect 3. A rule edits the few tokens that differ, so that everything inside a
 * call is converted as well.
 */
import { type Conversion, type Node, required, type Rule, UnknownForm } from "./conversion.js"
import { schemaRules } from "./schemaRules.js"

/** The rules by module and member of Effect 3. */
export const rules: { readonly [module: string]: { readonly [member: string]: Rule } } = {
  "effect/Context": {
    // Context.Tag(id)<Self, Shape>() → Context.Service<Self, Shape>()(id)
    Tag: (conversion, node, call) => {
      conversion.renameMember(node, "Service")
      const outer = conversion.parentOf(required(call))
      conversion.edits.move(node.end, required(call).end, outer.end)
    },
    // class A extends Context.Reference<A>()(id, options) {} → const A = Context.Reference(id, options)
    Reference: (conversion, node, call) => {
      const outer = conversion.parentOf(required(call))
      const declaration = conversion.parentOf(outer)
      if (declaration.type !== "ClassDeclaration") {
        return conversion.report(node, "is used in another form than class A extends Context.Reference<A>()(…) {}")
      }
      conversion.edits.overwrite(declaration.start, outer.start, `const ${declaration.id.name} = `)
      conversion.drop(node.end, required(call).end)
      conversion.drop(outer.end, declaration.end)
    }
  },
  "effect/Duration": {
    // decodeUnknown(value) → fromInput(value as Duration.Input)
    decodeUnknown: (conversion, node, call) => {
      conversion.renameMember(node, "fromInput")
      conversion.wrap(required(call).arguments, "", " as Duration.Input")
    }
  },
  "effect/Effect": {
    // all(effects, { mode: "either" }) → all(effects, { mode: "result" })
    all: (conversion, _node, call) => {
      const mode = call?.arguments.at(-1)?.properties?.find((each: Node) => each.key?.name === "mode")?.value
      if (mode?.value === "either") {
        conversion.replaceBy(mode, JSON.stringify("result"))
      } else if (mode !== undefined) {
        throw new UnknownForm()
      }
    },
    // fork → forkChild, which has options: forEach(effects, fork) → forEach(effects, forkChild())
    fork: (conversion, node, call) => {
      conversion.renameMember(node, "forkChild")
      if (call === undefined && conversion.parentOf(node).callee?.property?.name === "forEach") {
        conversion.edits.appendLeft(node.end, "()")
      }
    },
    // catchTag("A", "B", f) → catchTag(["A", "B"], f)
    catchTag: (conversion, _node, call) => {
      const tags = call?.arguments.filter(isText) ?? []
      if (tags.length > 1) {
        conversion.wrap(tags, "[", "]")
      }
    },
    // dieMessage(message) → die(new Error(message))
    dieMessage: (conversion, node, call) => {
      conversion.renameMember(node, "die")
      conversion.wrap(required(call).arguments, "new Error(", ")")
    },
    // merge → catch(succeed)
    merge: (conversion, node, call) => {
      if (call !== undefined) {
        throw new UnknownForm()
      }
      conversion.renameMember(node, "catch")
      conversion.edits.appendLeft(node.end, "(Effect.succeed)")
    },
    // repeatN(effect, n) → repeat(effect, { times: n })
    repeatN: (conversion, node, call) => {
      conversion.renameMember(node, "repeat")
      conversion.wrap(required(call).arguments.slice(-1), "{ times: ", " }")
    },
    withClock: (conversion, node, call) => service(conversion, node, call, "Clock"),
    withConfigProvider: (conversion, node, call) => service(conversion, node, call, "ConfigProvider"),
    // withRandom(random) → provideService(Random.Random, random), withRandom(Random.make(seed)) → Random.withSeed(seed)
    withRandom: (conversion, node, call) => {
      const random = required(call).arguments.at(-1)
      if (random?.callee?.object?.name === "Random" && random.callee.property.name === "make") {
        conversion.replaceMember(node, "Random.withSeed")
        conversion.unwrap(random)
      } else {
        service(conversion, node, call, "Random")
      }
    },
    // yieldNow() → yieldNow
    yieldNow: (conversion, node, call) => {
      if (call !== undefined) {
        conversion.drop(node.end, call.end)
      }
    },
    // clock → Clock.Clock
    clock: (conversion, node) => conversion.replaceMember(node, "Clock.Clock"),
    // mapErrorCause(Cause.map(f)) → mapError(f)
    mapErrorCause: (conversion, node, call) => {
      const [mapped] = required(call).arguments
      if (required(call).arguments.length !== 1 || mapped?.type !== "CallExpression" || mapped.arguments.length !== 1) {
        return conversion.report(node, "is used in another form than mapErrorCause(Cause.map(f))")
      }
      conversion.renameMember(node, "mapError")
      conversion.unwrap(mapped)
    },
    // timeoutFail({ duration, onTimeout: () => error }) → timeoutOrElse({ duration, orElse: () => Effect.fail(error) })
    timeoutFail: (conversion, node, call) => {
      conversion.renameMember(node, "timeoutOrElse")
      const options = required(call).arguments.at(-1)
      for (const property of options?.properties ?? []) {
        if (property.key?.name === "onTimeout") {
          conversion.edits.overwrite(property.key.start, property.key.end, "orElse")
          if (property.value.type === "ArrowFunctionExpression") {
            conversion.wrap([property.value.body], "Effect.fail(", ")")
          } else {
            conversion.wrap([property.value], "() => Effect.fail(", "())")
          }
        }
      }
    },
    // unlessEffect(effect, condition) → when(effect, Effect.map(condition, Boolean.not))
    unlessEffect: (conversion, node, call) => {
      conversion.renameMember(node, "when")
      conversion.wrap(required(call).arguments.slice(-1), "Effect.map(", ", Boolean.not)")
      conversion.need("Boolean", "effect/Boolean")
    },
    // withSpan(name, { captureStackTrace }) → withSpan(name, {}, { captureStackTrace })
    withSpan: (conversion, _node, call) => {
      const options = call?.arguments.at(-1)
      if (options?.type === "ObjectExpression" && options.properties[0]?.key.name === "captureStackTrace") {
        conversion.edits.appendLeft(options.start, "{}, ")
      }
    }
  },
  "effect/Config": {
    // suspend(() => config) → (() => config)(): a config of Effect 4 is built when it is read. A bundler leaves out a marked call.
    suspend: (conversion, _node, call) => {
      const [config] = required(call).arguments
      conversion.drop(required(call).start, required(config).start)
      conversion.wrap([required(config)], "(", ")()")
      conversion.drop(required(config).end, required(call).end)
    },
    // withDescription(config, text) → config
    withDescription: (conversion, _node, call) => conversion.unwrap(required(call))
  },
  "effect/Fiber": {
    // interruptFork(fiber) → Effect.forkDetach(Fiber.interrupt(fiber))
    interruptFork: (conversion, node, call) => {
      conversion.renameMember(node, "interrupt")
      conversion.wrap([required(call)], "Effect.forkDetach(", ")")
    }
  },
  "effect/ConfigProvider": {
    // orElse(provider, () => other) → orElse(provider, other)
    orElse: (conversion, _node, call) => {
      const other = required(call).arguments.at(-1)
      conversion.drop(required(other).start, required(other?.body).start)
    },
    // fromMap(map) → fromEnv({ env: Object.fromEntries(map) })
    fromMap: (conversion, node, call) => {
      if (call?.arguments.length !== 1) {
        return conversion.report(node, "is used in another form than fromMap(map)")
      }
      conversion.renameMember(node, "fromEnv")
      conversion.wrap(call.arguments, "{ env: Object.fromEntries(", ") }")
    }
  },
  "effect/FiberRef": {
    // get(ref) → ref
    get: (conversion, _node, call) => conversion.unwrap(required(call))
  },
  "effect/FiberId": {
    // The argument of Deferred.unsafeMake, which has none on Effect 4.
    none: (conversion, node) => {
      if (conversion.parentOf(node).type !== "CallExpression") {
        return conversion.report(node, "is used in another form than Deferred.unsafeMake(FiberId.none)")
      }
      conversion.drop(node.start, node.end)
    }
  },
  "effect/Random": {
    // Only withRandom(make(seed)) is known.
    make: (conversion, node) => conversion.report(node, "is used in another form than withRandom(Random.make(seed))"),
    // fixed([number]) → { nextDoubleUnsafe: () => number, nextIntUnsafe: () => number }
    fixed: (conversion, _node, call) => {
      const [numbers] = required(call).arguments
      if (numbers.elements?.length !== 1) {
        throw new UnknownForm()
      }
      const number = conversion.text.slice(numbers.start + 1, numbers.end - 1)
      conversion.replaceBy(call, `{ nextDoubleUnsafe: () => ${number}, nextIntUnsafe: () => ${number} }`)
    }
  },
  "@effect/platform/Error": {
    // new SystemError({ reason, … }) → systemError({ _tag, … })
    SystemError: (conversion, node) => {
      const made = conversion.parentOf(node)
      if (made.type === "NewExpression") {
        const { key } = reasonOf(made)
        conversion.drop(made.start, node.start)
        conversion.renameMember(node, "systemError")
        conversion.edits.overwrite(key.start, key.end, "_tag")
      } else {
        conversion.renameMember(node, "PlatformError")
      }
    }
  },
  "@effect/platform/HttpClient": {
    // withTracerDisabledWhen(f) → transformResponse(Effect.provideService(HttpClient.TracerDisabledWhen, f))
    withTracerDisabledWhen: (conversion, node, call) =>
      wrapResponse(conversion, node, required(call), "HttpClient.TracerDisabledWhen"),
    withTracerPropagation: (conversion, node, call) =>
      wrapResponse(conversion, node, required(call), "HttpClient.TracerPropagationEnabled")
  },
  "effect/Metric": {
    // tagged(metric, name, value) → withAttributes(metric, { [name]: value })
    tagged: (conversion, node, call) => {
      const [, name, value] = required(call).arguments
      conversion.renameMember(node, "withAttributes")
      conversion.edits.appendLeft(required(name).start, "{ [")
      conversion.edits.overwrite(required(name).end, required(value).start, "]: ")
      conversion.edits.appendLeft(required(value).end, " }")
    }
  },
  "@effect/platform/HttpClientError": {
    RequestError: (conversion, node) => clientError(conversion, node),
    ResponseError: (conversion, node) => clientError(conversion, node)
  },
  "effect/Clock": {
    // { [Clock.ClockTypeId]: Clock.ClockTypeId, … } → { … }, also in a class
    ClockTypeId: (conversion, node) => {
      const property = conversion.parentOf(node)
      const { body, properties } = conversion.parentOf(property)
      const siblings = properties ?? body
      const next = siblings[siblings.indexOf(property) + 1]
      conversion.drop(property.start, next?.start ?? property.end)
    }
  },
  "effect/Layer": {
    // die(defect) → unwrap(Effect.die(defect))
    die: (conversion, node, call) => {
      conversion.renameMember(node, "unwrap")
      conversion.wrap(required(call).arguments, "Effect.die(", ")")
    },
    // map(layer, f) → effectContext(Effect.map(Layer.build(layer), f))
    map: (conversion, node, call) => {
      const [layer, f] = required(call).arguments
      conversion.renameMember(node, "effectContext")
      conversion.edits.appendLeft(required(layer).start, "Effect.map(Layer.build(")
      conversion.edits.appendRight(required(layer).end, ")")
      conversion.edits.appendRight(required(f).end, ")")
    },
    // setTracer(tracer) → succeed(Tracer.Tracer, tracer)
    setTracer: (conversion, node, call) => {
      conversion.renameMember(node, "succeed")
      conversion.wrap(required(call).arguments, "Tracer.Tracer, ", "")
      conversion.need("Tracer", "effect/Tracer")
    }
  },
  "effect/Logger": {
    // replace(Logger.defaultLogger, logger) → layer([logger])
    replace: (conversion, node, call) => {
      const [replaced, logger] = required(call).arguments
      conversion.renameMember(node, "layer")
      conversion.drop(required(replaced).start, required(logger).start)
      conversion.wrap([logger], "[", "]")
    },
    // add(logger) → layer([logger], { mergeWithExisting: true })
    add: (conversion, node, call) => {
      conversion.renameMember(node, "layer")
      conversion.wrap(required(call).arguments, "[", "], { mergeWithExisting: true }")
    },
    // remove(logger) → layer([])
    remove: (conversion, node, call) => {
      conversion.renameMember(node, "layer")
      const [logger] = required(call).arguments
      conversion.drop(required(logger).start, required(logger).end)
      conversion.edits.appendLeft(required(call).end - 1, "[]")
    },
    // minimumLogLevel(level) → Layer.succeed(References.MinimumLogLevel, level)
    minimumLogLevel: (conversion, node, call) => {
      conversion.replaceMember(node, "Layer.succeed")
      conversion.wrap(required(call).arguments, "References.MinimumLogLevel, ", "")
      conversion.need("References", "effect/References")
    },
    // withMinimumLogLevel(level) → Effect.provideService(References.MinimumLogLevel, level)
    withMinimumLogLevel: (conversion, node, call) => {
      conversion.replaceMember(node, "Effect.provideService")
      conversion.wrap(required(call).arguments.slice(-1), "References.MinimumLogLevel, ", "")
      conversion.need("References", "effect/References")
    }
  },
  "effect/LogLevel": Object.fromEntries(
    // None → "None"
    Object.entries({ All: "All", None: "None", Trace: "Trace", Warning: "Warn" }).map(([level, name]) => [
      level,
      (conversion: Conversion, node: Node) => conversion.replaceBy(node, JSON.stringify(name))
    ])
  ),
  "effect/Chunk": {
    // fromIterable(values) → values: a stream of Effect 4 has arrays.
    fromIterable: (conversion, _node, call) => conversion.unwrap(required(call))
  },
  "effect/Schedule": {
    // upTo(duration) → upTo({ duration })
    upTo: (conversion, _node, call) => conversion.wrap(required(call).arguments.slice(-1), "{ duration: ", " }"),
    // intersect(a, b) → max([a, b])
    intersect: (conversion, node, call) => {
      conversion.renameMember(node, "max")
      conversion.wrap(required(call).arguments, "[", "]")
    }
  },
  "effect/Struct": {
    // omit(value, ...names) → omit(value, [...names])
    omit: (conversion, _node, call) => conversion.wrap(required(call).arguments.slice(1), "[", "]")
  },
  "effect/Schema": schemaRules
}

/** Provides a reference to each request of a client. */
const wrapResponse = (conversion: Conversion, node: Node, call: Node, reference: string): void => {
  if (call.arguments.length !== 1) {
    throw new UnknownForm()
  }
  conversion.renameMember(node, "transformResponse")
  conversion.wrap(call.arguments, `Effect.provideService(${reference}, `, ")")
}

/** Provides a service of Effect 4 in place of a function of Effect 3. The service is the last argument. */
const service = (conversion: Conversion, node: Node, call: Node | undefined, name: string): void => {
  conversion.renameMember(node, "provideService")
  conversion.edits.appendLeft(required(required(call).arguments.at(-1)).start, `${name}.${name}, `)
  conversion.need(name, `effect/${name}`)
}

/** The property `reason` of the only argument of a constructor. */
const reasonOf = (made: Node): Node =>
  required(made.arguments[0]?.properties?.find((property: Node) => property.key?.name === "reason"))

/** new RequestError({ reason: "Transport", … }) → new HttpClientError({ reason: new TransportError({ … }) }) */
const clientError = (conversion: Conversion, node: Node): void => {
  const made = conversion.parentOf(node)
  conversion.renameMember(node, "HttpClientError")
  if (made.type === "NewExpression") {
    const reason = reasonOf(made)
    const { properties } = made.arguments[0]
    const next = properties[properties.indexOf(reason) + 1]
    const previous = properties[properties.indexOf(reason) - 1]
    if (reason.value.type !== "Literal") {
      throw new UnknownForm()
    }
    conversion.wrap(made.arguments, `{ reason: new HttpClientError.${reason.value.value}Error(`, ") }")
    conversion.drop(next === undefined ? previous?.end ?? reason.start : reason.start, next?.start ?? reason.end)
  }
}

const isText = (node: Node): boolean => node.type === "Literal" && typeof node.value === "string"
