import axios from "axios"
import { createAuthRefresh } from "axios-auth-refresh"

const instance = axios.create({ baseURL: "https://jdy.cigdata.cn" })
let token = ""
instance.interceptors.request.use((request) => {
  request.headers.Authorization = `Bearer ${token}`
  return request
})
createAuthRefresh(instance, async () => {
  token = (await axios.post("https://jdy.cigdata.cn/oauth2/token")).data.access_token
})
const { data } = await instance.post("/api/report/daily", { day: "2024-01-01" })
console.log(data.rows.length)
