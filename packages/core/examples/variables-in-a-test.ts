import { Jindouyun } from "@jindouyun/core"
import { ConfigProvider, Layer } from "effect"

const variables = Layer.setConfigProvider(
  ConfigProvider.fromJson({ JINDOUYUN_USERNAME: "user1", JINDOUYUN_PASSWORD: "pass1" })
)

export const account = Layer.provide(Jindouyun.layerFromEnv(), variables)
