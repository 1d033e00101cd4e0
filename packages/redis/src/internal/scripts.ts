/**
 * Lua scripts, each of which Redis runs in one step. The first key is the hash of an account, the second its lease;
 * both are in one slot of a cluster.
 *
 * Numbers are compared as numbers and stored as the digits that were sent, because Lua prints large numbers in
 * scientific notation. Every number is below 2^53. A field with another number is ignored: the script then returns an
 * array of its answer and the names of these fields.
 */
import { largestGeneration } from "@jindouyun/core/TokenRecord"

// `stored` returns the number of a field. If the field is ignored, it returns that of the text of the record, if the
// text has one. `nextFence` returns a number above a fence and above the generation of the record.
const numbers = `
local ignored = ''
local function number(text)
  local value = text and string.find(text, '^%d+$') and tonumber(text)
  return value and value < ${largestGeneration} and value
end
local function stored(field, name)
  local text = redis.call('HGET', KEYS[1], field)
  local value = number(text)
  if value or not text then
    return value or 0
  end
  ignored = ignored .. ' ' .. field
  local record = name and redis.call('HGET', KEYS[1], 'record')
  return record and number(string.match(record, '"' .. name .. '":(%d+)')) or 0
end
local function nextFence(fence)
  local time = redis.call('TIME')
  local least = math.max(fence, stored('generation', 'generation')) + 1
  return string.format('%.0f', math.max(least, time[1] * 1000 + math.floor(time[2] / 1000)))
end
local function answer(value)
  return ignored == '' and value or { value, ignored }
end
`

/**
 * Arguments: owner and milliseconds. Returns the fence of the lease, or nothing if another owner holds the lease. An
 * owner that asks twice, because its client lost the answer, gets the same fence. A lease without a time to live, which
 * an operator left behind, gets one.
 *
 * A fence is at least the milliseconds since the epoch, so fences keep growing even if Redis loses its data.
 *
 * @internal
 */
export const lease = `
${numbers}
local owner = redis.call('GET', KEYS[2])
if owner and owner ~= ARGV[1] then
  if redis.call('PTTL', KEYS[2]) == -1 then
    redis.call('PEXPIRE', KEYS[2], ARGV[2])
  end
  return false
end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
local fence = stored('fence')
if owner and fence > 0 then
  return string.format('%.0f', fence)
end
fence = nextFence(fence)
redis.call('HSET', KEYS[1], 'fence', fence)
return answer(fence)
`

/**
 * Arguments: owner and milliseconds. Returns 1, or 0 if the lease was lost.
 *
 * @internal
 */
export const renew = `
if redis.call('GET', KEYS[2]) == ARGV[1] then
  return redis.call('PEXPIRE', KEYS[2], ARGV[2])
end
return 0
`

/**
 * Argument: owner. Ends the lease of this owner. If the lease was lost, nothing changes.
 *
 * @internal
 */
export const release = `
if redis.call('GET', KEYS[2]) == ARGV[1] then
  return redis.call('DEL', KEYS[2])
end
return 0
`

/**
 * Arguments: record, generation, format and, under a lease, its fence. Returns 1, 0 if Redis has a newer generation,
 * format or fence, or -1 if Redis has an encrypted record and this one is plain.
 *
 * No record expires. If a record is lost, the next process acquires a new pair, which may revoke the pair that other
 * processes use. The memory of refused credentials is lost too.
 *
 * @internal
 */
export const save = `
${numbers}
local generation = stored('generation', 'generation')
local format = stored('format', 'version')
local fence = stored('fence')
if generation > tonumber(ARGV[2]) or format > tonumber(ARGV[3]) or (ARGV[4] and fence > tonumber(ARGV[4])) then
  return answer(0)
end
local encrypted = '"encrypted":'
local stored = redis.call('HGET', KEYS[1], 'record')
if stored and string.find(stored, encrypted, 1, true) and not string.find(ARGV[1], encrypted, 1, true) then
  return answer(-1)
end
redis.call('HSET', KEYS[1], 'record', ARGV[1], 'generation', ARGV[2], 'format', ARGV[3])
-- Redis may have lost the fence that it granted.
if ARGV[4] and fence < tonumber(ARGV[4]) then
  redis.call('HSET', KEYS[1], 'fence', ARGV[4])
end
return answer(1)
`

/**
 * Removes the record and raises the fence above every earlier fence and generation.
 *
 * @internal
 */
export const clear = `
${numbers}
redis.call('HSET', KEYS[1], 'fence', nextFence(stored('fence')))
redis.call('HDEL', KEYS[1], 'record', 'generation', 'format')
return answer(1)
`
