import ky from "ky"

let token = ""
const refresh = async () => {
  token = (await ky.post("https://jdy.cigdata.cn/oauth2/token").json()).access_token
}
const api = ky.create({
  prefixUrl: "https://jdy.cigdata.cn",
  hooks: {
    beforeRequest: [(request) => {
      request.headers.set("Authorization", `Bearer ${token}`)
    }],
    afterResponse: [async (request, _options, response, { retryCount }) => {
      if (response.status === 401 && retryCount === 0) {
        await refresh()
        const headers = new Headers(request.headers)
        headers.set("Authorization", `Bearer ${token}`)
        return ky.retry({ request: new Request(request, { headers }), code: "TOKEN_REFRESHED" })
      }
    }]
  }
})
const { data } = await api.post("api/report/daily", { json: { day: "2024-01-01" } }).json()
console.log(data.rows.length)
