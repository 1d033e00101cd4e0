/**
 * A store of your own: here over a table with one row an account. Each of its operations is one statement of SQL, so
 * that the database decides who was first.
 */
import * as JindouyunError from "@jindouyun/core/JindouyunError"
import type * as TokenRecord from "@jindouyun/core/TokenRecord"
import * as TokenStore from "@jindouyun/core/TokenStore"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Random from "effect/Random"

/** What the table is asked, and what it answers. Its clock times the leases, not that of the processes. */
export interface Table {
  /** SELECT record FROM tokens WHERE account = $1 */
  readonly select: (account: string) => Effect.Effect<Option.Option<string>, DatabaseDown>
  /**
   * INSERT … ON CONFLICT (account) DO UPDATE SET record = $2, generation = $3
   * WHERE tokens.generation <= $3 AND ($4 IS NULL OR tokens.fence <= $4); true where a row was written
   */
  readonly upsert: (
    account: string,
    record: string,
    generation: number,
    fence: number | undefined
  ) => Effect.Effect<boolean, DatabaseDown>
  /**
   * INSERT … ON CONFLICT (account) DO UPDATE SET owner = $2, fence = tokens.fence + 1, until = now() + $3
   * WHERE tokens.until < now() RETURNING fence
   */
  readonly lease: (account: string, owner: string, millis: number) => Effect.Effect<Option.Option<number>, DatabaseDown>
  /** UPDATE tokens SET until = now() + $3 WHERE account = $1 AND owner = $2; true where there was such a row */
  readonly extend: (account: string, owner: string, millis: number) => Effect.Effect<boolean, DatabaseDown>
}

/** Whatever goes wrong there, in a word: an error of a database driver may hold the statement with its values. */
export class DatabaseDown {
  readonly _tag = "DatabaseDown"
}

export const make = (table: Table, codec: TokenRecord.Codec): TokenStore.Service => {
  const failed = (operation: JindouyunError.StoreFailure["operation"]) =>
    Effect.mapError(({ _tag }: DatabaseDown) => new JindouyunError.StoreFailure({ operation, detail: _tag }))
  return {
    load: (account) =>
      Effect.flatMap(
        failed("load")(table.select(account)),
        Option.match({ onNone: () => Effect.succeedNone, onSome: (text) => codec.decode(account, text) })
      ),
    save: (account, record, lease) =>
      Effect.flatMap(codec.encode(account, record), (text) =>
        failed("save")(
          table.upsert(account, text, record.generation, Option.getOrUndefined(lease)?.fence)
        )),
    withLease: TokenStore.polledLease({
      acquire: (account, duration) =>
        Effect.gen(function*() {
          const owner = `${yield* Random.nextIntBetween(0, Number.MAX_SAFE_INTEGER)}`
          const millis = Duration.toMillis(duration)
          const fence = yield* failed("lease")(table.lease(account, owner, millis))
          const renew = Effect.flatMap(failed("lease")(table.extend(account, owner, millis)), (isMine) =>
            isMine
              ? Effect.void
              : Effect.fail(new JindouyunError.StoreFailure({ operation: "lease", detail: "it was lost" })))
          return Option.map(fence, (fence) => ({ fence, owner, renew }))
        }),
      release: (account, { owner }) => Effect.asVoid(failed("lease")(table.extend(account, owner, 0)))
    })
  }
}

export const layer = (table: Table, codec: TokenRecord.Codec): Layer.Layer<never> =>
  Layer.succeedContext(Context.make(TokenStore.TokenStore, make(table, codec)))
