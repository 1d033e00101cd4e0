/** The server of `server.ts`, as the cases control it. */
export interface Counts {
  readonly requests: number
  readonly reports: number
}

/** Changes the settings of the server, and returns its counts. */
export const control = async (url: string, orders: {
  readonly delay?: number
  readonly reportDelay?: number
  readonly revoke?: boolean
} = {}): Promise<Counts> => {
  const response = await fetch(`${url}/bench`, { method: "POST", body: JSON.stringify(orders) })
  return await response.json() as Counts
}
