import {
  bearerTokenAuthenticationPolicy,
  createDefaultHttpClient,
  createEmptyPipeline,
  createPipelineRequest
} from "@azure/core-rest-pipeline"

const pipeline = createEmptyPipeline()
pipeline.addPolicy(bearerTokenAuthenticationPolicy({
  scopes: "all",
  credential: {
    getToken: async () => {
      const response = await fetch("https://jdy.cigdata.cn/oauth2/token", { method: "POST" })
      const { access_token, expires_in } = await response.json()
      return { token: access_token, expiresOnTimestamp: Date.now() + expires_in * 1000 }
    }
  }
}))
const { bodyAsText } = await pipeline.sendRequest(
  createDefaultHttpClient(),
  createPipelineRequest({ url: "https://jdy.cigdata.cn/api/report/daily", method: "POST" })
)
console.log(JSON.parse(bodyAsText).rows.length)
