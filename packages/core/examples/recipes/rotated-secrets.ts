/**
 * A password that a secret manager rotates. The library reads the password before each acquisition, and at each read
 * after the platform has refused a password. After a rotation the next read acquires a token with the new password,
 * without a restart.
 */
import { FetchHttpClient } from "@effect/platform"
import { Jindouyun } from "@jindouyun/core"
import type { Redacted } from "effect"
import { Context, Effect, Layer } from "effect"

export class Vault extends Context.Tag("Vault")<Vault, {
  readonly read: (name: string) => Effect.Effect<Redacted.Redacted, Error>
}>() {}

export const withVault = Jindouyun.layerCredentials(
  Effect.gen(function*() {
    const vault = yield* Vault
    return { username: "reports", password: yield* vault.read("jindouyun/password") }
  }),
  { account: "reports" }
).pipe(Layer.provide(FetchHttpClient.layer))
