import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import type * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as ControlApi from "../ControlApi.js"
import * as ControlError from "../ControlError.js"
import type * as Journal from "../Journal.js"
import * as Report from "../Report.js"
import { type IssuedPair, Sandbox } from "../Sandbox.js"
import type { Carrier } from "./carrier.js"
import { page } from "./page.js"
import * as problems from "./problems.js"
import { readExactJson } from "./readJson.js"

/** The part of `ControlApi.SandboxApi` that has handlers here: requests to the platform go past the router. @internal */
export class Api extends HttpApi.make("jindouyun").add(ControlApi.ControlGroup) {}

const pages = ["/docs", "/openapi.json", "/favicon.ico"] as const

/** Whether a request belongs to the control API and its pages, not to the platform. @internal */
export const isControl = (method: string, path: string): boolean =>
  path === ControlApi.prefix || path.startsWith(`${ControlApi.prefix}/`) || pages.some((page) => path === page) ||
  (path === "/" && (method === "GET" || method === "HEAD"))

/**
 * The handlers of the control API, for the sandbox in the context.
 *
 * @internal
 */
export const group = (
  carrier: Carrier
): Layer.Layer<HttpApiGroup.ApiGroup<"jindouyun", "control">, never, Sandbox> =>
  HttpApiBuilder.group(
    Api,
    "control",
    (handlers) =>
      Effect.map(Sandbox, (sandbox) => {
        const body = bodyOf(carrier)
        const accounts = Effect.map(
          sandbox.accounts,
          (names) => names.map((username) => new ControlApi.Account({ username }))
        )
        const reports = Effect.map(sandbox.reports, (paths) => paths.map((path) => new ControlApi.ReportPath({ path })))
        const clock = Effect.map(sandbox.now, (now) => new ControlApi.PlatformClock({ now }))
        return handlers
          .handle("accounts", () => accounts)
          .handleRaw(
            "addAccount",
            ({ request }) =>
              Effect.zipRight(Effect.flatMap(body(request, ControlApi.NewAccount), sandbox.addAccount), accounts)
          )
          .handle("removeAccount", ({ path: { username } }) =>
            Effect.flatMap(sandbox.removeAccount(username), (removed) =>
              removed
                ? accounts
                : Effect.flatMap(sandbox.accounts, (names) =>
                  new ControlError.NotFound({
                    problems: [{ field: "username", problem: "is not known", expected: oneOf(names) }]
                  }))))
          .handle("reports", () => reports)
          .handleRaw("setReport", ({ request }) =>
            Effect.zipRight(
              Effect.flatMap(
                body(request, ControlApi.NewReport),
                ({ path, ...answer }) =>
                  sandbox.setReport(path, Report.fixed(answer))
              ),
              reports
            ))
          .handle("removeReport", ({ urlParams: { path } }) =>
            Effect.flatMap(path === undefined ? Effect.succeed(false) : sandbox.removeReport(path), (removed) =>
              removed
                ? reports
                : Effect.flatMap(sandbox.reports, (paths) =>
                  new ControlError.NotFound({
                    problems: [{
                      field: "path",
                      problem: path === undefined ? "is missing in the query" : "is not known",
                      expected: oneOf(paths)
                    }]
                  }))))
          .handle("behaviour", () =>
            sandbox.behaviour)
          .handleRaw("changeBehaviour", ({ request }) =>
            Effect.zipRight(
              Effect.flatMap(body(request, ControlApi.BehaviourChange), sandbox.configure),
              sandbox.behaviour
            ))
          .handle("faults", () =>
            sandbox.faults)
          .handleRaw("injectFault", ({ request }) =>
            Effect.zipRight(
              Effect.flatMap(
                body(request, ControlApi.Injection),
                ({ endpoint, fault }) =>
                  sandbox.inject(endpoint, fault)
              ),
              sandbox.faults
            ))
          .handle("clearFaults", () => sandbox.clearFaults)
          .handle("pairs", () =>
            Effect.zipWith(sandbox.pairs, sandbox.now, (pairs, now) =>
              pairs.slice(-mostPairs).map(masked(now))))
          .handleRaw("revoke", ({ request }) =>
            Effect.flatMap(
              body(request, ControlApi.Revocation),
              (what) =>
                sandbox.revoke("token" in what ? what.token : what.which)
            ))
          .handle("journal", () => Effect.map(sandbox.journal, (entries) => entries.map(entry)))
          .handle("clearJournal", () => sandbox.clear)
          .handleRaw("journalEvents", () =>
            Effect.succeed(
              HttpServerResponse.stream(
                Stream.encodeText(Stream.concat(headersFirst, Stream.map(sandbox.outcomes, event))),
                { contentType: "text/event-stream", headers: { "cache-control": "no-store" } }
              )
            ))
          .handle("counts", () =>
            Effect.zipWith(
              sandbox.requests,
              sandbox.maxOverlap,
              (requests, maxOverlap) => new ControlApi.Counts({ requests, maxOverlap })
            ))
          .handle("reset", () => sandbox.reset)
          .handle("clock", () => clock)
          .handleRaw("advanceClock", ({ request }) =>
            Effect.zipWith(body(request, ControlApi.Advance), sandbox.now, ({ by }, now) =>
              DateTime.toEpochMillis(now) + Duration.toMillis(by) < end ? Either.right(by) : Either.left(tooFar)).pipe(
                Effect.flatten,
                Effect.flatMap(sandbox.advance),
                Effect.zipRight(clock)
              ))
      })
  )

/**
 * Answers everything else: unknown paths below the prefix, and what browsers and tools request on their own, the icon and
 * HEAD of the pages.
 *
 * @internal
 */
export const others: Layer.Layer<never> = HttpApiBuilder.Router.use((router) =>
  Effect.all([
    router.all("*", nothing),
    router.get("/", HttpServerResponse.html(page)),
    router.get("/favicon.ico", HttpServerResponse.empty()),
    router.head("/", HttpServerResponse.empty({ status: 200 })),
    ...pages.map((path) => router.head(path, HttpServerResponse.empty({ status: 200 })))
  ], { discard: true })
)

const operations = [
  ...Object.entries(ControlApi.openApi.paths).flatMap(([path, operations]) =>
    path.startsWith(ControlApi.prefix) ? Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`) : []
  ),
  `GET ${ControlApi.eventsPath}`
]

const oneOf = (names: ReadonlyArray<string>) =>
  names.length === 0 ? "nothing: none exists" : `one of ${names.join(", ")}`

// The answer does not repeat the path, which may contain a token.
const nothing = Effect.orDie(
  HttpServerResponse.schemaJson(ControlError.NotFound)(
    new ControlError.NotFound({
      problems: [{ field: "path", problem: "is not known, or not with this method", expected: oneOf(operations) }]
    }),
    { status: 404 }
  )
)

const mostPairs = 100

const masked = (now: DateTime.Utc) => (pair: IssuedPair): typeof ControlApi.Pair.Type => ({
  username: pair.username,
  accessToken: beginning(pair.accessToken),
  accessTokenRemaining: millisUntil(pair.accessTokenExpiresAt, now),
  refreshToken: beginning(pair.refreshToken),
  refreshTokenRemaining: millisUntil(pair.refreshTokenExpiresAt, now)
})

const beginning = (token: Redacted.Redacted): string => `${Redacted.value(token).slice(0, 4)}…`

const millisUntil = (instant: DateTime.Utc | undefined, now: DateTime.Utc): number | null =>
  instant === undefined ? null : DateTime.toEpochMillis(instant) - DateTime.toEpochMillis(now)

const bodyOf = ({ incoming }: Carrier) =>
<A, I>(
  request: HttpServerRequest.HttpServerRequest,
  schema: Schema.Schema<A, I>
): Effect.Effect<A, ControlError.InvalidRequest> =>
  Effect.flatMap(
    incoming(request),
    ({ body, bodyProblem }) =>
      bodyProblem === undefined
        ? readExactJson(body)
        : Either.left({ problem: bodyProblem, expected: "a JSON object" })
  ).pipe(
    Effect.mapError((problem) => invalid([{ field: "body", ...problem }])),
    Effect.flatMap((json) =>
      Effect.mapError(
        Schema.decodeUnknown(schema, { errors: "all", onExcessProperty: "error" })(json),
        ({ issue }) => invalid(problems.of(issue))
      )
    )
  )

const invalid = (problems: ReadonlyArray<problems.Problem>) => new ControlError.InvalidRequest({ problems })

// The year of an HTTP date has four digits.
const end = DateTime.toEpochMillis(DateTime.unsafeMake("+010000-01-01T00:00:00Z"))

const tooFar = invalid([{
  field: "by",
  problem: "is too long",
  expected: "a duration that ends before the year 10000 of the platform's clock"
}])

const entry = ({ at, endpoint, outcome, ...others }: Journal.Entry): typeof ControlApi.Entry.Type => ({
  ...others,
  endpoint: endpoint ?? null,
  at: DateTime.unsafeMake(at),
  outcome: outcome._tag === "Faulted" ? { ...outcome, code: outcome.code ?? null } : outcome
})

const encodeEntry = Schema.encodeSync(Schema.parseJson(ControlApi.Entry))

const event = (requested: Journal.Entry): string =>
  `id: ${requested.sequence}\ndata: ${encodeEntry(entry(requested))}\n\n`

// A comment sends the head of the answer to the client before the first event.
const headersFirst = Stream.succeed(": the journal of the sandbox\n\n")
