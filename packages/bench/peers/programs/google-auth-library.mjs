import { OAuth2Client } from "google-auth-library"

const client = new OAuth2Client({ clientId: "user1", clientSecret: "pass1" })
client.setCredentials({ refresh_token: "refresh" })
const { data } = await client.request({ url: "https://jdy.cigdata.cn/api/report/daily", method: "POST" })
console.log(data.rows.length)
