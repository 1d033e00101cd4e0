/** Converts one source for Effect 3 into the source for Effect 4, by the names of `table.ts` and the forms of `rules.ts`. */
import MagicString from "magic-string"
import { parseSync } from "oxc-parser"
import { type Conversion, type Node, UnknownForm } from "./conversion.js"
import { rules } from "./rules.js"
import { elsewhere, functions, methods, modules, nestedTypes, packages, references, tags } from "./table.js"

/** A use of Effect that the table does not know. */
export interface Problem {
  readonly file: string
  readonly line: number
  readonly text: string
}

export interface Converted {
  readonly text: string
  readonly problems: ReadonlyArray<Problem>
}

/** Converts a source. `isLeftOut` tells whether a module is not generated, so that no export of it remains. */
export const convert = (
  text: string,
  file: string,
  isLeftOut: (module: string) => boolean = () => false
): Converted => {
  const { comments, errors, program } = parseSync(file, text)
  const problems: Array<Problem> = []
  if (errors.length > 0) {
    return { text, problems: errors.map(({ message }) => ({ file, line: 0, text: message })) }
  }
  const edits = new MagicString(text)
  const parents = new Map<Node, Node>()
  const needed = new Map<string, string>()
  const dropped: Array<readonly [start: number, end: number]> = []
  const isDropped = (start: number, end: number) => dropped.some((range) => range[0] <= start && end <= range[1])
  const report = (node: Node, problem: string) => {
    problems.push({ file, line: text.slice(0, node.start).split("\n").length, text: problem })
  }
  const nameOf = (member: Node): Node => member.type === "TSQualifiedName" ? member.right : member.property
  const conversion: Conversion = {
    text,
    edits,
    parentOf: (node) => parents.get(node),
    report: (node, problem) => report(node, `${text.slice(node.start, node.end)} ${problem}`),
    renameMember: (member, name) => {
      edits.overwrite(nameOf(member).start, nameOf(member).end, name)
    },
    replaceMember: (member, name) => {
      const [namespace = ""] = name.split(".")
      needed.set(namespace, elsewhere[namespace] ?? "")
      edits.overwrite(member.start, member.end, name)
    },
    replaceBy: (member, text) => {
      edits.overwrite(member.start, member.end, text)
    },
    wrap: (nodes, before, after) => {
      if (nodes.length > 0) {
        edits.appendLeft(nodes[0].start, before)
        edits.prependRight(nodes.at(-1).end, after)
      }
    },
    unwrap: (call) => {
      conversion.drop(call.start, call.arguments[0].start)
      conversion.drop(call.arguments[0].end, call.end)
    },
    drop: (start, end) => {
      dropped.push([start, end])
      edits.remove(start, end)
    },
    need: (namespace, module) => needed.set(namespace, module)
  }

  for (const statement of program.body) {
    if (statement.type === "ExportAllDeclaration" && isLeftOut(statement.source.value)) {
      const docs = comments.filter(({ end }) => end < statement.start).at(-1)
      conversion.drop(docs?.start ?? statement.start, statement.end + 1)
    }
  }
  const namespaces = importsOf(program, conversion, report)
  visit(program, parents, (node) => {
    if (isDropped(node.start, node.end)) {
      return
    }
    convertMember(node, namespaces, conversion)
    convertMethod(node, namespaces, conversion)
    convertKey(node, conversion)
    convertType(node, conversion)
    if (namespaces.has("Either") || text.includes("Effect.either")) {
      convertEither(node, conversion)
    }
    if (node.type === "Literal" && own(tags, String(node.value)) !== undefined) {
      edits.overwrite(node.start, node.end, JSON.stringify(own(tags, String(node.value))))
    } else if (node.type === "Literal" && typeof node.value === "string") {
      renamePackages(node, text, edits)
    }
  })
  for (const comment of comments.filter(({ end, start }) => !isDropped(start, end))) {
    convertComment(comment, text, edits, (problem, at) => problems.push({ ...problem, file, line: at + problem.line }))
  }
  return { text: withImports(edits.toString(), file, needed), problems }
}

/** The modules of Effect by the namespace that stands for each. Renames the modules that have another name. */
const importsOf = (program: Node, conversion: Conversion, report: (node: Node, text: string) => void) => {
  const namespaces = new Map<string, string>()
  for (const statement of program.body) {
    const source: string | undefined = statement.source?.value
    if (source === undefined || !/^(effect|@effect)(\/|$)/.test(source)) {
      continue
    }
    if (source === "effect" || source === "@effect/platform") {
      importsOfBarrel(statement, source, namespaces, conversion, report)
      continue
    }
    const module = modules[source]
    for (const specifier of statement.specifiers ?? []) {
      const name: string = specifier.local.name
      if (specifier.type === "ImportNamespaceSpecifier" && module !== undefined) {
        namespaces.set(name, source)
        const renamed = namespaceOf(name, source)
        if (renamed !== name) {
          conversion.edits.overwrite(specifier.local.start, specifier.local.end, renamed)
        }
      } else if (
        specifier.type !== "ImportSpecifier" || !namesOf(functions[source]).includes(specifier.imported.name)
      ) {
        report(statement, `the table does not know ${specifier.imported?.name ?? "the module"} of ${source}`)
      }
    }
    if (module?.to !== undefined) {
      conversion.edits.overwrite(statement.source.start, statement.source.end, JSON.stringify(module.to))
    }
  }
  return namespaces
}

/** import { A, B } from "effect": each name stands for a module, which may be in another barrel on Effect 4. */
const importsOfBarrel = (
  statement: Node,
  source: string,
  namespaces: Map<string, string>,
  conversion: Conversion,
  report: (node: Node, text: string) => void
): void => {
  const barrels = new Map<string, Array<string>>()
  for (const { imported, local } of statement.specifiers) {
    const path = `${source}/${imported?.name}`
    if (modules[path] === undefined || imported.name !== local.name) {
      return report(statement, `the table does not know ${imported?.name} of ${source}`)
    }
    namespaces.set(local.name, path)
    const module = modules[path]?.to ?? path
    const barrel = module.slice(0, module.lastIndexOf("/"))
    barrels.set(barrel, [...barrels.get(barrel) ?? [], module.slice(barrel.length + 1)])
  }
  const keyword = statement.importKind === "type" ? "import type" : "import"
  conversion.replaceBy(
    statement,
    [...barrels].map(([barrel, names]) => `${keyword} { ${names.sort().join(", ")} } from "${barrel}"`).join("\n")
  )
}

/** The name that a namespace of Effect 3 has on Effect 4. */
const namespaceOf = (name: string, source: string): string =>
  source.endsWith(`/${name}`) ? /[A-Z]\w*$/.exec(modules[source]?.to ?? "")?.[0] ?? name : name

const convertMember = (node: Node, namespaces: ReadonlyMap<string, string>, conversion: Conversion): void => {
  const [namespace, name] = node.type === "MemberExpression" && !node.computed
    ? [node.object, node.property]
    : node.type === "TSQualifiedName"
    ? [node.left, node.right]
    : []
  const source = namespace?.type === "Identifier" ? namespaces.get(namespace.name) : undefined
  if (source === undefined) {
    return
  }
  const rule = own(own(rules, source), name.name)
  const renamed = own(modules[source]?.renamed, name.name)
  if (rule === undefined && renamed === undefined && !namesOf(modules[source]?.same).includes(name.name)) {
    return conversion.report(node, `is not in the table: member ${name.name} of ${source}`)
  }
  const nested = nestedTypes[conversion.text.slice(conversion.parentOf(node).start, conversion.parentOf(node).end)]
  if (node.type === "TSQualifiedName" && nested !== undefined) {
    conversion.edits.overwrite(conversion.parentOf(node).start, conversion.parentOf(node).end, nested)
    return
  }
  if (renamed?.includes(".") === true) {
    return conversion.replaceMember(node, renamed)
  }
  const renamedNamespace = namespaceOf(namespace.name, source)
  if (renamedNamespace !== namespace.name) {
    conversion.edits.overwrite(namespace.start, namespace.end, renamedNamespace)
  }
  if (rule !== undefined) {
    const parent = conversion.parentOf(node)
    try {
      rule(conversion, node, parent.type === "CallExpression" && parent.callee === node ? parent : undefined)
    } catch (error) {
      if (!(error instanceof UnknownForm)) {
        throw error
      }
      conversion.report(node, "is used in a form that its rule does not know")
    }
  } else if (renamed !== undefined) {
    conversion.renameMember(node, renamed)
  }
}

/** The methods of a clock that a test makes: { unsafeCurrentTimeMillis: … } → { currentTimeMillisUnsafe: … } */
const convertKey = (node: Node, conversion: Conversion): void => {
  const isKey = ["Property", "MethodDefinition", "PropertyDefinition"].includes(node.type) && !node.computed
  const name = isKey ? String(node.key.name) : ""
  const siblings = isKey ? conversion.parentOf(node).properties ?? conversion.parentOf(node).body : []
  if (isKey && name.startsWith("unsafeCurrentTime")) {
    conversion.edits.overwrite(node.key.start, node.key.end, own(methods, name) ?? name)
  }
  // The clock of Effect 4 has two kinds of nanoseconds, of the wall clock and monotonic ones. A test's clock has one.
  const second = own({ unsafeCurrentTimeNanos: "currentTimeNanosUnsafe", currentTimeNanos: "monotonicTimeNanos" }, name)
  if (second !== undefined && siblings.some((sibling: Node) => sibling.key?.name === "unsafeCurrentTimeNanos")) {
    const value = Object.entries(methods).reduce(
      (text, [method, renamed]) => text.replaceAll(`.${method}`, `.${renamed}`),
      conversion.text.slice(node.key.end, node.end)
    )
    const isFixed = node.readonly === true ? "readonly " : ""
    conversion.edits.appendRight(node.end, `${node.type === "Property" ? "," : ""}\n\n${isFixed}${second}${value}`)
  }
}

const convertMethod = (node: Node, namespaces: ReadonlyMap<string, string>, conversion: Conversion): void => {
  if (node.type !== "MemberExpression" || node.computed) {
    return
  }
  const isCalled = conversion.parentOf(node).type === "CallExpression" && conversion.parentOf(node).callee === node
  if (isCalled && node.property.name === "annotations" && node.object.type !== "Identifier") {
    // schema.annotations({ … }) → schema.annotate({ … })
    return conversion.renameMember(node, "annotate")
  }
  if (isCalled && node.property.name === "runtime" && !namespaces.has(node.object.name)) {
    // runtime.runtime() of a ManagedRuntime → runtime.context()
    return conversion.renameMember(node, "context")
  }
  if (node.property.name === "_tag" && node.object.name === "logLevel") {
    // logLevel._tag === "Warning" → logLevel === "Warn"
    const { right } = conversion.parentOf(node)
    conversion.edits.remove(node.object.end, node.end)
    if (right?.value === "Warning") {
      conversion.edits.overwrite(right.start, right.end, JSON.stringify("Warn"))
    }
  }
  if (node.property.name === "label" && node.object.name === "logLevel") {
    // logLevel.label → logLevel.toUpperCase()
    conversion.edits.overwrite(node.property.start, node.property.end, "toUpperCase()")
  }
  const renamed = own(methods, node.property.name)
  if (renamed !== undefined) {
    conversion.renameMember(node, renamed)
    if (node.property.name === "unsafePoll") {
      // Undefined instead of null: fiber.unsafePoll() === null, assert.isNull(fiber.unsafePoll())
      const use = conversion.parentOf(conversion.parentOf(node))
      if (use.type === "BinaryExpression" && use.right.raw === "null") {
        conversion.edits.overwrite(use.right.start, use.right.end, "undefined")
      } else if (use.type === "CallExpression" && /^is(Not)?Null$/.test(use.callee.property?.name)) {
        conversion.edits.overwrite(
          use.callee.property.start,
          use.callee.property.end,
          use.callee.property.name === "isNull" ? "isUndefined" : "isDefined"
        )
      } else {
        conversion.report(node, "is used in a form that its rule does not know")
      }
    }
  } else if (node.property.name === "unsafeOffer" || (node.property.name === "single" && namespaces.has("Stream"))) {
    // queue.unsafeOffer(value), and emit.single(value) of Stream.asyncPush → Queue.offerUnsafe(queue, value)
    const call = conversion.parentOf(node)
    conversion.need("Queue", "effect/Queue")
    conversion.edits.appendLeft(node.start, "Queue.offerUnsafe(")
    conversion.edits.overwrite(node.object.end, call.arguments[0].start, ", ")
  } else if (/^unsafe[A-Z]/.test(node.property.name) && node.object.type !== "Identifier") {
    conversion.report(node, "is not in the table: method of a value")
  }
}

const convertType = (node: Node, conversion: Conversion): void => {
  // JindouyunConfig["Type"] → JindouyunConfig["Service"]
  if (node.type === "TSIndexedAccessType" && node.indexType.literal?.value === "Type") {
    const object = conversion.text.slice(node.objectType.start, node.objectType.end)
    if (!object.startsWith("typeof") && !/^[A-Z]$/.test(object)) {
      conversion.edits.overwrite(node.indexType.start, node.indexType.end, "\"Service\"")
    }
  }
  // Layer.Layer<TokenStore> → Layer.Layer<never>
  if (node.type === "TSTypeReference" && references.includes(node.typeName.right?.name ?? node.typeName.name)) {
    conversion.edits.overwrite(node.start, node.end, "never")
  }
}

/** The parts of an `Either`, which has other names as a `Result`. */
const convertEither = (node: Node, conversion: Conversion): void => {
  const names: { readonly [name: string]: string } = {
    left: "failure",
    right: "success",
    onLeft: "onFailure",
    onRight: "onSuccess"
  }
  const isPart = node.type === "MemberExpression" && !node.computed && node.object.name !== "Either"
  const name = isPart
    ? node.property
    : node.type === "Property" && String(node.key.name).startsWith("on")
    ? node.key
    : undefined
  const renamed = name === undefined ? undefined : own(names, name.name)
  if (renamed !== undefined) {
    conversion.edits.overwrite(name.start, name.end, renamed)
  }
  const tags: { readonly [tag: string]: string } = { Left: "Failure", Right: "Success" }
  if (
    node.type === "BinaryExpression" && node.left.property?.name === "_tag" && Object.hasOwn(tags, node.right.value)
  ) {
    conversion.edits.overwrite(node.right.start, node.right.end, JSON.stringify(tags[node.right.value]))
  }
}

const renamePackages = (
  { end, start }: { readonly start: number; readonly end: number },
  text: string,
  edits: MagicString
) => {
  for (const [name, renamed] of Object.entries(packages)) {
    for (let at = text.indexOf(name, start); at >= 0 && at < end; at = text.indexOf(name, at + 1)) {
      edits.overwrite(at, at + name.length, renamed)
    }
  }
}

/** Converts the code of the examples in a comment, and the names in its text. */
const convertComment = (
  comment: { readonly start: number; readonly end: number; readonly type: string },
  text: string,
  edits: MagicString,
  report: (problem: Problem, line: number) => void
): void => {
  const written = text.slice(comment.start, comment.end)
  const at = text.slice(0, comment.start).split("\n").length
  const indent = /^[ \t]*/.exec(text.slice(text.lastIndexOf("\n", comment.start) + 1, comment.start))?.[0] ?? ""
  const code = /( \* ```ts\n)([^]*?)(\n\s*\* ```)/g
  const converted = written.replace(code, (_, open: string, body: string, close: string, offset: number) => {
    const lines = body.split("\n").map((line) => line.replace(/^\s*\* ?/, ""))
    const example = convert(`${lines.join("\n")}\n`, "example.ts")
    const line = at + written.slice(0, offset).split("\n").length
    example.problems.forEach((problem) => report(problem, line - 1))
    return open + example.text.trimEnd().split("\n").map((line) =>
      `${indent} *${line === "" ? "" : ` ${line}`}`
    ).join("\n")
      + close
  })
  const named = converted
    .replace(/`(\w+)\.(\w+)`/g, (whole, namespace: string, member: string) => {
      const source = [`effect/${namespace}`, `@effect/platform/${namespace}`].find((source) => source in modules)
      const renamed = source === undefined ? undefined : own(modules[source]?.renamed, member)
      return source === undefined ?
        whole
        : renamed?.includes(".") === true ?
        `\`${renamed}\``
        : `\`${namespaceOf(namespace, source)}.${renamed ?? member}\``
    })
  const final = Object.entries(packages).reduce((text, [name, renamed]) => text.replaceAll(name, renamed), named)
  if (final !== written) {
    edits.overwrite(comment.start, comment.end, final)
  }
}

/** Adds the imports that are needed, removes those that are not, and keeps all in the order of their modules. */
const withImports = (text: string, file: string, needed: ReadonlyMap<string, string>): string => {
  const { program }: { readonly program: Node } = parseSync(file, text)
  const edits = new MagicString(text)
  const used = new Set<string>()
  visit(program, new Map(), (node) => {
    if (node.type === "Identifier") {
      used.add(node.name)
    }
  }, (node) => node.type !== "ImportDeclaration")
  const imports: Array<Node> = program.body.filter((node: Node) => node.type === "ImportDeclaration")
  const namespaces = new Map<string, Node>(
    imports.flatMap((node) => node.specifiers.map((each: Node) => [each.local.name, node] as const))
  )
  for (const node of imports) {
    const named = node.specifiers.filter((each: Node) => used.has(each.local.name))
    if (node.specifiers[0]?.type === "ImportNamespaceSpecifier" && named.length === 0) {
      edits.remove(node.start, text.indexOf("\n", node.end) + 1)
    } else if (/^effect(\/http|\/testing)?$/.test(node.source.value) && named.length < node.specifiers.length) {
      const names = named.map((each: Node) => each.local.name).join(", ")
      edits.overwrite(node.specifiers[0].start, node.specifiers.at(-1).end, names)
    }
  }
  for (const [namespace, module] of needed) {
    const existing = namespaces.get(namespace)
    if (existing === undefined) {
      const next = imports.find((node) =>
        node.source.value > module && String(node.source.value).startsWith("effect")
      ) ?? imports[0]
      edits.appendLeft(next?.start ?? 0, `import * as ${namespace} from "${module}"\n`)
    } else if (existing.importKind === "type") {
      edits.overwrite(existing.start, existing.end, `import * as ${namespace} from "${module}"`)
    }
  }
  return edits.toString()
}

const visit = (
  root: Node,
  parents: Map<Node, Node>,
  enter: (node: Node) => void,
  isWanted: (node: Node) => boolean = () => true
): void => {
  const walk = (node: Node, parent: Node | undefined): void => {
    if (typeof node.type !== "string" || !isWanted(node)) {
      return
    }
    parents.set(node, parent)
    enter(node)
    for (const key of Object.keys(node)) {
      const child = node[key]
      if (typeof child === "object" && child !== null) {
        for (const each of Array.isArray(child) ? child : [child]) {
          if (typeof each === "object" && each !== null) {
            walk(each, node)
          }
        }
      }
    }
  }
  walk(root, undefined)
}

const namesOf = (names = ""): ReadonlyArray<string> => names.split(" ")

/** The entry of a table. A name such as `constructor` is no entry. */
const own = <A>(table: { readonly [name: string]: A } | undefined, name: string): A | undefined =>
  table !== undefined && Object.hasOwn(table, name) ? table[name] : undefined
