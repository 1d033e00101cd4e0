import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as FileTokenStore from "@jindouyun/core/FileTokenStore"
import type * as TokenStore from "@jindouyun/core/TokenStore"
import * as RedisTokenStore from "@jindouyun/redis/RedisTokenStore"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { Store } from "./protocol.js"

/** The store of the library, unchanged. */
export const layer = (store: Store): Layer.Layer<TokenStore.TokenStore> => {
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
