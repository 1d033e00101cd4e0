import { Client } from "@larksuiteoapi/node-sdk"

const client = new Client({ appId: "user1", appSecret: "pass1", domain: "https://jdy.cigdata.cn" })
const { data } = await client.request({ method: "POST", url: "/api/report/daily", data: { day: "2024-01-01" } })
console.log(data.rows.length)
