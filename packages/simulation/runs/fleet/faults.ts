// The stores of a chaos run, and how they fail.
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { spawnSync } from "node:child_process"
import { closeSync, openSync, rmSync, writeSync } from "node:fs"
import { join } from "node:path"
import { monotonic } from "./clock.js"
import * as Processes from "./processes.js"
import type { Store } from "./protocol.js"

/** A fault of the store. The run makes one at a time. */
export interface Fault {
  readonly name: string
  readonly begin: Effect.Effect<void>
  readonly end: Effect.Effect<void, Processes.StageFailure>
}

export interface FaultyStore {
  /** The store as the process in this place reaches it. */
  readonly at: (place: number) => Store
  /** The store without anything in between, for the observer. */
  readonly direct: Store
  readonly faults: ReadonlyArray<Fault>
  /** When the store was emptied, by the monotonic clock. */
  readonly losses: ReadonlyArray<number>
  /** The faults that this machine does not allow, with the reason. */
  readonly notMade: ReadonlyArray<string>
}

export const make = (
  store: Store["_tag"],
  places: number
): Effect.Effect<FaultyStore, Processes.StageFailure, Scope.Scope> => store === "File" ? file : redis(places)

const file: Effect.Effect<FaultyStore, never, Scope.Scope> = Effect.gen(function*() {
  const folder = yield* Processes.folder
  const isMounted = yield* mounted(folder)
  const direct: Store = { _tag: "File", directory: join(folder, "store") }
  return {
    at: () => direct,
    direct,
    faults: isMounted ? [full(folder, "space"), full(folder, "files")] : [],
    losses: [],
    notMade: isMounted ? [] : ["a full disk: mounting a tmpfs needs root"]
  }
})

/** Mounts a small disk on a folder; returns whether that is allowed. */
const mounted = (folder: string): Effect.Effect<boolean, never, Scope.Scope> => {
  const unmount = () => {
    spawnSync("umount", ["--lazy", folder], { stdio: "ignore" })
  }
  return Effect.acquireRelease(
    Effect.sync(() => {
      const options = "size=256k,nr_inodes=512,mode=700"
      const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder], { stdio: "ignore" })
      if (status === 0) {
        process.once("exit", unmount)
      }
      return status === 0
    }),
    (isMounted) =>
      Effect.sync(() => {
        if (isMounted) {
          process.off("exit", unmount)
          unmount()
        }
      })
  )
}

/** Fills the disk with bytes, or with files so that it has room for no further file or folder. */
const full = (folder: string, what: "space" | "files"): Fault => {
  let ballast: Array<string> = []
  const add = () => {
    const path = join(folder, `ballast.${ballast.length}`)
    const file = openSync(path, "w")
    ballast.push(path)
    try {
      while (what === "space") {
        writeSync(file, Buffer.alloc(4096))
      }
    } finally {
      closeSync(file)
    }
  }
  return {
    name: what === "space" ? "the disk has no space left" : "the disk has no room for another file",
    begin: Effect.sync(() => {
      try {
        for (;;) {
          add()
        }
      } catch {
        // ENOSPC: the disk is full.
      }
    }),
    end: Effect.sync(() => {
      ballast.forEach((path) => rmSync(path, { force: true }))
      ballast = []
    })
  }
}

const redis = (places: number): Effect.Effect<FaultyStore, Processes.StageFailure, Scope.Scope> =>
  Effect.gen(function*() {
    const server = yield* Processes.redis(false)
    const proxies = yield* Effect.replicateEffect(Processes.proxy(server.port), places)
    const losses: Array<number> = []
    const onAll = (use: (proxy: Processes.Proxy) => Effect.Effect<void>) =>
      Effect.forEach(proxies, use, { discard: true })
    const mend = onAll(({ mend }) => mend)
    const hangUp = Effect.zipRight(onAll(({ cut }) => cut()), mend)
    let next = 0
    const onOne = Effect.suspend(() => proxies[next++ % places]?.cut() ?? Effect.void)
    return {
      at: (place) => ({ _tag: "Redis", url: `redis://127.0.0.1:${proxies[place]?.port ?? 0}` }),
      direct: { _tag: "Redis", url: server.urlOfOperator },
      faults: [
        { name: "every connection to Redis is reset", begin: onAll(({ cut }) => cut()), end: mend },
        { name: "the connections of one process to Redis are reset", begin: onOne, end: mend },
        { name: "Redis answers no handshake", begin: onAll(({ cut }) => cut("silent")), end: mend },
        {
          name: "Redis requires a password",
          begin: Effect.zipRight(server.configure("requirepass", "secret"), hangUp),
          end: server.configure("requirepass", "")
        },
        {
          name: "Redis has no memory left",
          begin: server.configure("maxmemory", "1"),
          end: server.configure("maxmemory", "0")
        },
        {
          name: "Redis restarts empty",
          begin: Effect.suspend(() => {
            losses.push(monotonic())
            return server.kill
          }),
          end: server.restart
        }
      ],
      losses,
      notMade: []
    }
  })
