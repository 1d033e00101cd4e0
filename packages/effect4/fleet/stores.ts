import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as RedisTokenStore from "@jindouyun/effect4-redis/RedisTokenStore"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { Store } from "../../simulation/runs/fleet/protocol.js"
import * as FileTokenStore from "../src/FileTokenStore.js"

/** The store of the library for Effect 4, unchanged. */
export const layer = (store: Store): Layer.Layer<never> => {
  const encryptionKey = store.encryptionKey === undefined ? undefined : Redacted.make(store.encryptionKey)
  switch (store._tag) {
    case "File":
      return FileTokenStore.layer({ directory: store.directory, encryptionKey }).pipe(
        Layer.provide(NodeFileSystem.layer),
        Layer.orDie
      )
    case "Redis":
      return Layer.orDie(RedisTokenStore.layer({ url: Redacted.make(store.url), encryptionKey }))
  }
}
