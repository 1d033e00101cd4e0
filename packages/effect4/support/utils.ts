export { deepStrictEqual } from "node:assert"
