import { assert, describe, it } from "@effect/vitest"
import * as problems from "../src/internal/problem.js"

const place = problems.placeOf({ host: "redis.example" }, "JINDOUYUN_REDIS_URL")

describe("the remedy of a failure follows its cause", () => {
  it("is the password only if Redis answered AUTH", () => {
    const remedy = (problem: problems.Problem) => problems.failure("load", problem, place).remedy?.en
    assert.match(remedy({ word: "WRONGPASS", step: "AUTH" }) ?? "", /the password/)
    assert.match(remedy({ word: "ERR", step: "AUTH" }) ?? "", /the password/)
    assert.match(remedy({ word: problems.silent, step: "AUTH" }) ?? "", /runs and can be reached/)
    assert.match(remedy({ word: problems.lost, step: "AUTH", isUnanswered: true }) ?? "", /rediss:/)
  })

  it("has no English place in Chinese", () => {
    for (const options of [{ redisOptions: {} }, { sentinels: [{ host: "sentinel.example" }], name: "main" }]) {
      const { remedy } = problems.failure("load", { word: "LOADING" }, problems.placeOfClient(options))
      assert.match(remedy?.zh ?? "", /^Redis (集群的各节点|Sentinel 的主节点 main)（来自程序的客户端）尚未就绪/)
    }
  })
})
