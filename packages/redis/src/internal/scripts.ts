/**
 * What Redis does in one step. Keys come first: the hash of an account, then its lease, both in one slot of a cluster.
 *
 * Numbers are compared as numbers and kept as the digits that came: 2^53 is more than any of them, but Lua would print
 * the large ones in the scientific way.
 */

// The fence after `fence` and after every generation saved.
const nextFence = `
local time = redis.call('TIME')
local generation = tonumber(redis.call('HGET', KEYS[1], 'generation')) or 0
local least = math.max(tonumber(fence) or 0, generation) + 1
fence = string.format('%.0f', math.max(least, time[1] * 1000 + math.floor(time[2] / 1000)))
`

/**
 * Owner and milliseconds to the fence of the lease, or nothing if another owner holds it. An owner that asks twice,
 * because its client lost the answer, gets the fence it was granted.
 *
 * The fence is at least the milliseconds since the epoch, so that it keeps growing if Redis loses its data.
 *
 * @internal
 */
export const lease = `
local owner = redis.call('GET', KEYS[2])
if owner and owner ~= ARGV[1] then
  return false
end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
local fence = redis.call('HGET', KEYS[1], 'fence')
if owner and fence then
  return fence
end
${nextFence}
redis.call('HSET', KEYS[1], 'fence', fence)
return fence
`

/**
 * Owner and milliseconds to 1, or 0 where the lease was lost.
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
 * Ends the lease of an owner, if it was not lost.
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
 * Record, generation, format and, under a lease, its fence, to 1, or 0 if there is something newer. Nothing expires: a lost
 * record costs an acquisition, which may revoke the pair that other processes use, and the memory of refused credentials.
 *
 * @internal
 */
export const save = `
local generation = tonumber(redis.call('HGET', KEYS[1], 'generation')) or 0
local format = tonumber(redis.call('HGET', KEYS[1], 'format')) or 0
local fence = tonumber(redis.call('HGET', KEYS[1], 'fence')) or 0
if generation > tonumber(ARGV[2]) or format > tonumber(ARGV[3]) or (ARGV[4] and fence > tonumber(ARGV[4])) then
  return 0
end
redis.call('HSET', KEYS[1], 'record', ARGV[1], 'generation', ARGV[2], 'format', ARGV[3])
-- Redis may have lost the fence that it granted.
if ARGV[4] and fence < tonumber(ARGV[4]) then
  redis.call('HSET', KEYS[1], 'fence', ARGV[4])
end
return 1
`

/**
 * Forgets the record and raises the fence above every fence and generation seen.
 *
 * @internal
 */
export const clear = `
local fence = redis.call('HGET', KEYS[1], 'fence')
${nextFence}
redis.call('HSET', KEYS[1], 'fence', fence)
redis.call('HDEL', KEYS[1], 'record', 'generation', 'format')
return 1
`
