import * as Net from "node:net"

export interface Received {
  readonly bytes: Buffer
  /** The system's code of the error that ended the connection, if one did. */
  readonly error: string | undefined
}

/** Sends bytes as they are, and receives until the connection ends. */
export const roundTrip = (url: string, bytes: Uint8Array | string): Promise<Received> =>
  new Promise((resolve) => {
    const chunks: Array<Buffer> = []
    let error: string | undefined
    const socket = connect(url)
    socket.on("data", (chunk: Buffer) => chunks.push(chunk))
    socket.on("error", (cause: NodeJS.ErrnoException) => {
      error = cause.code
    })
    socket.on("close", () => resolve({ bytes: Buffer.concat(chunks), error }))
    socket.write(bytes)
  })

export const connect = (url: string): Net.Socket => {
  const { hostname, port } = new URL(url)
  return Net.connect(Number(port), hostname)
}
