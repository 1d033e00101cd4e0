// Each peer in the idiom of its own documentation, as short as it gets. All of them talk to the same server, in the form
// they speak; `packages/bench/RESULTS.md` says what each does less, or more, than this library.
import { bearerTokenAuthenticationPolicy, createHttpHeaders, createPipelineRequest } from "@azure/core-rest-pipeline"
import * as lark from "@larksuiteoapi/node-sdk"
import { doesIdentityRequireRefresh, isIdentityExpired, memoizeIdentityProvider } from "@smithy/core"
import axios from "axios"
import { createAuthRefresh } from "axios-auth-refresh"
import { OAuth2Client } from "google-auth-library"
import ky from "ky"
import { ClientCredentials } from "simple-oauth2"

const day = 86_400_000

const oauth2 = async (url) => {
  const response = await fetch(`${url}/oauth2/token`, { method: "POST", body: "{}" })
  return response.json()
}

export const adapters = {
  "google-auth-library": {
    getter: async (url) => {
      const client = new OAuth2Client({
        clientId: "user1",
        clientSecret: "pass1",
        endpoints: { oauth2TokenUrl: `${url}/oauth2/token` }
      })
      client.setCredentials({ refresh_token: "refresh-0" })
      return () => client.getAccessToken()
    }
  },

  "@azure/core-rest-pipeline": {
    // The cycler of tokens is reachable through its policy alone; the next step of the pipeline does nothing.
    getter: async (url) => {
      const policy = bearerTokenAuthenticationPolicy({
        scopes: "all",
        credential: {
          getToken: async () => {
            const { access_token } = await oauth2(url)
            return { token: access_token, expiresOnTimestamp: Date.now() + day }
          }
        }
      })
      const request = createPipelineRequest({ url: "https://localhost/" })
      const response = { request, status: 200, headers: createHttpHeaders() }
      return () => policy.sendRequest(request, async () => response)
    }
  },

  "@smithy/core": {
    getter: async (url) =>
      memoizeIdentityProvider(
        async () => {
          const { access_token } = await oauth2(url)
          return { token: access_token, expiration: new Date(Date.now() + day) }
        },
        isIdentityExpired,
        doesIdentityRequireRefresh
      )
  },

  "@larksuiteoapi/node-sdk": {
    getter: async (url) => {
      const client = larkClient(url)
      return () => client.tokenManager.getTenantAccessToken()
    },
    caller: async (url) => {
      const client = larkClient(url)
      return (path) => client.request({ method: "POST", url: `${url}${path}`, data: { day: "2024-01-01" } })
    }
  },

  "axios-auth-refresh": {
    caller: async (url) => {
      const instance = axios.create({ baseURL: url })
      let token = (await oauth2(url)).access_token
      instance.interceptors.request.use((request) => {
        request.headers.Authorization = `Bearer ${token}`
        return request
      })
      // By default it gives up the calls that are rejected while it refreshes. Without, they share the refresh.
      createAuthRefresh(instance, async () => {
        token = (await oauth2(url)).access_token
      }, { deduplicateRefresh: false })
      return async (path) => (await instance.post(path, { day: "2024-01-01" })).data
    }
  },

  "ky": {
    caller: async (url) => {
      let token = (await oauth2(url)).access_token
      // Without a shared promise each rejected call would refresh.
      let refreshing
      const refresh = async () => {
        token = (await oauth2(url)).access_token
        refreshing = undefined
      }
      const api = ky.create({
        prefixUrl: url,
        timeout: 15_000,
        retry: { limit: 1, methods: [] },
        hooks: {
          beforeRequest: [(request) => {
            request.headers.set("Authorization", `Bearer ${token}`)
          }],
          afterResponse: [async (request, _options, response, { retryCount }) => {
            if (response.status === 401 && retryCount === 0) {
              await (refreshing ??= refresh())
              const headers = new Headers(request.headers)
              headers.set("Authorization", `Bearer ${token}`)
              return ky.retry({ request: new Request(request, { headers }), code: "TOKEN_REFRESHED", delay: 0 })
            }
          }]
        }
      })
      return (path) => api.post(path.slice(1), { json: { day: "2024-01-01" } }).json()
    }
  },

  "simple-oauth2": {
    getter: async (url) => {
      const client = new ClientCredentials({
        client: { id: "user1", secret: "pass1" },
        auth: { tokenHost: url, tokenPath: "/oauth2/token" }
      })
      let accessToken
      return async () => {
        if (accessToken === undefined) {
          accessToken = await client.getToken({})
        } else if (accessToken.expired(300)) {
          accessToken = await accessToken.refresh()
        }
        return accessToken.token.access_token
      }
    }
  }
}

const nothing = () => {}
const silent = { error: nothing, warn: nothing, info: nothing, debug: nothing, trace: nothing }
let apps = 0

// Its cache is one for the process, by application: each client is another one.
const larkClient = (url) => new lark.Client({ appId: `app-${++apps}`, appSecret: "pass1", domain: url, logger: silent })
