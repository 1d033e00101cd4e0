/** Outcomes that differ between Effect 3 and 4, as docs/effect-4.md has them under "What behaves differently". */

/** Whether a response of `httpClient` that is not read is released when the scope of `HttpClient.withScope` closes. */
export const releasesUnread: boolean = false

/** The delivery of a request that is sent twice over Node's `http` client, and whose second send is refused. */
export const deliveryOfResent: "unsent" | "ambiguous" = "unsent"
