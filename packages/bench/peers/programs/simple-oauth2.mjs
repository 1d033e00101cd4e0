import { ClientCredentials } from "simple-oauth2"

const client = new ClientCredentials({
  client: { id: "user1", secret: "pass1" },
  auth: { tokenHost: "https://jdy.cigdata.cn", tokenPath: "/oauth2/token" }
})
const { token } = await client.getToken({})
const headers = { authorization: `Bearer ${token.access_token}` }
const response = await fetch("https://jdy.cigdata.cn/api/report/daily", { method: "POST", headers })
console.log((await response.json()).rows.length)
