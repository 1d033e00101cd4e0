import * as Effect from "effect/Effect"
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** A certificate authority, a server that it certifies, and a foreign client. Needs OpenSSL 3. */
export const certificates = Effect.gen(function*() {
  const directory = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "jindouyun-tls-"))),
    (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
  )
  const certify = (name: string, parameters: string) =>
    spawnSync(
      "openssl",
      `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=${name} ${parameters} -keyout ${name}.key -out ${name}.crt`
        .split(" "),
      { cwd: directory }
    )
  certify("authority", "-addext basicConstraints=critical,CA:TRUE")
  certify("foreign", "-addext basicConstraints=critical,CA:TRUE")
  certify(
    "localhost",
    "-CA authority.crt -CAkey authority.key -addext basicConstraints=critical,CA:FALSE -addext subjectAltName=DNS:localhost"
  )
  const path = (name: string) => join(directory, name)
  return {
    file: (name: string) => readFileSync(path(name), "utf8"),
    parameters: `--tls-cert-file ${path("localhost.crt")} --tls-key-file ${path("localhost.key")} --tls-ca-cert-file ${
      path("authority.crt")
    }`.split(" ")
  }
})
