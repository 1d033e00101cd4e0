import * as onEffect3 from "./bundle.js"

/** The bundler of the simulation on a major of Effect. */
export const bundlerOf = async (edition: string): Promise<typeof onEffect3.withBundle> => {
  switch (edition) {
    case "3":
      return onEffect3.withBundle
    case "4": {
      // The simulation and the library for Effect 4 are generated from the sources as they are now.
      await import("../../../scripts/edition/generate.js")
      const module = "../../effect4-simulation/runs/bundle.js"
      const onEffect4: typeof onEffect3 = await import(module)
      return onEffect4.withBundle
    }
    default:
      throw new Error("--edition must be 3 or 4")
  }
}
