import * as assert from "node:assert/strict"

interface Client {
  readonly token: () => Promise<string>
  readonly daily: (day: string) => Promise<number | undefined>
}

/** The three tests of a client, against the sandbox at this address. */
export const makeTests = (sandbox: string) => {
  const control = (method: string, path: string, body?: unknown): Promise<Response> =>
    fetch(`${sandbox}/_sandbox${path}`, {
      method,
      ...body === undefined ? {} : { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }
    })

  const count = async (endpoint: "acquire" | "refresh"): Promise<number> => {
    const counts: any = await (await control("GET", "/counts")).json()
    return counts.requests[endpoint]
  }

  /** Runs before each test. The platform answers slowly, so that requests overlap. */
  const prepare = async (): Promise<void> => {
    await control("POST", "/reset")
    await control("POST", "/reports", { path: "/api/report/daily", data: { orders: 12 } })
    await control("PATCH", "/behaviour", { latency: "200 millis" })
  }

  const manyCallers = async (client: Client): Promise<void> => {
    await Promise.all(Array.from({ length: 100 }, () => client.token()))
    assert.equal(await count("acquire"), 1)
  }

  const expiryInABatch = async (client: Client): Promise<void> => {
    await client.daily("2021-12-12")
    await control("POST", "/clock/advance", { by: "25 hours" })
    // One rejection arrives late, after the renewal.
    const late = { _tag: "Delay", duration: "1 second", acts: "first" }
    await control("POST", "/faults", { endpoint: "report", fault: late })
    const rest = ["2021-12-13", "2021-12-14", "2021-12-15"].map((day) => client.daily(day).catch(String))
    assert.deepEqual(await Promise.all(rest), [12, 12, 12])
    assert.equal(await count("refresh"), 1)
  }

  const lostRefresh = async (client: Client): Promise<void> => {
    await client.daily("2021-12-12")
    await control("POST", "/clock/advance", { by: "25 hours" })
    await control("POST", "/faults", { endpoint: "refresh", fault: { _tag: "ResetAfterActing" } })
    // This call may fail, but the client must recover.
    await client.daily("2021-12-13").catch(String)
    assert.equal(await client.daily("2021-12-14"), 12)
  }

  return { prepare, manyCallers, expiryInABatch, lostRefresh }
}
