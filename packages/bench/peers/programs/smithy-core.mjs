import { doesIdentityRequireRefresh, isIdentityExpired, memoizeIdentityProvider } from "@smithy/core"

const identity = memoizeIdentityProvider(
  async () => {
    const response = await fetch("https://jdy.cigdata.cn/oauth2/token", { method: "POST" })
    const { access_token, expires_in } = await response.json()
    return { token: access_token, expiration: new Date(Date.now() + expires_in * 1000) }
  },
  isIdentityExpired,
  doesIdentityRequireRefresh
)
const { token } = await identity()
const headers = { authorization: `Bearer ${token}` }
const response = await fetch("https://jdy.cigdata.cn/api/report/daily", { method: "POST", headers })
console.log((await response.json()).rows.length)
