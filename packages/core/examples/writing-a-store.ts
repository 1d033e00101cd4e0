/**
 * A custom store: a table with one row for each account. Each operation is one SQL statement, so the database decides
 * which process is first.
 */
import * as JindouyunError from "@jindouyun/core/JindouyunError"
import * as TokenRecord from "@jindouyun/core/TokenRecord"
import * as TokenStore from "@jindouyun/core/TokenStore"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Random from "effect/Random"

/** The statements. Only the clock of the database measures leases, not the clocks of the processes. */
export interface Table {
  /** SELECT record FROM tokens WHERE account = $1 */
  readonly select: (account: string) => Effect.Effect<Option.Option<string>, DatabaseDown>
  /**
   * INSERT … ON CONFLICT (account) DO UPDATE SET record = $2, generation = $3, format = $4
   * WHERE tokens.generation <= $3 AND tokens.format <= $4 AND ($5 IS NULL OR tokens.fence <= $5); true if a row was written
   */
  readonly upsert: (account: string, row: Row) => Effect.Effect<boolean, DatabaseDown>
  /**
   * UPDATE tokens SET record = NULL, fence = GREATEST(fence, generation) + 1, generation = 0, format = 0
   * WHERE account = $1
   */
  readonly clear: (account: string) => Effect.Effect<void, DatabaseDown>
  /**
   * INSERT … ON CONFLICT (account) DO UPDATE SET owner = $2, fence = tokens.fence + 1, until = now() + $3
   * WHERE tokens.until < now() RETURNING fence
   */
  readonly lease: (account: string, owner: string, millis: number) => Effect.Effect<Option.Option<number>, DatabaseDown>
  /** UPDATE tokens SET until = now() + $3 WHERE account = $1 AND owner = $2; true if there was such a row */
  readonly extend: (account: string, owner: string, millis: number) => Effect.Effect<boolean, DatabaseDown>
}

export interface Row {
  readonly record: string
  readonly generation: number
  readonly format: number
  readonly fence: number | undefined
}

/** A failure of the database without its cause: the error of a driver may contain the statement with its values. */
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
      Effect.gen(function*() {
        const row = {
          record: yield* codec.encode(account, record),
          generation: record.generation,
          format: TokenRecord.format,
          fence: Option.getOrUndefined(lease)?.fence
        }
        return yield* failed("save")(table.upsert(account, row))
      }),
    clear: (account) => failed("clear")(table.clear(account)),
    lease: (account, duration) =>
      Effect.gen(function*() {
        const owner = `${yield* Random.nextIntBetween(0, Number.MAX_SAFE_INTEGER)}`
        const extend = (millis: number) => failed("lease")(table.extend(account, owner, millis))
        const millis = Duration.toMillis(duration)
        const fence = yield* failed("lease")(table.lease(account, owner, millis))
        const renew = Effect.filterOrFail(
          extend(millis),
          (isExtended) => isExtended,
          () => new JindouyunError.StoreFailure({ operation: "lease", detail: "another process took the lease" })
        )
        return Option.map(fence, (fence) => ({ fence, renew: Effect.asVoid(renew), release: Effect.asVoid(extend(0)) }))
      })
  }
}

export const layer = (table: Table, codec: TokenRecord.Codec): Layer.Layer<TokenStore.TokenStore> =>
  Layer.succeed(TokenStore.TokenStore, make(table, codec))
