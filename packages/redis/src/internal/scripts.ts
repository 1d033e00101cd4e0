/**
 * What Redis does in one step. Keys come first: the hash of an account, then its lease, both in one slot of a cluster.
 *
 * Numbers are compared as numbers and kept as the digits that came: 2^53 is more than any of them, but Lua would print
 * the large ones in the scientific way.
 */

/**
 * Owner and milliseconds to the number of the lease, or nothing where another holds it. A caller that asks twice,
 * because its client lost the answer, gets the same number again.
 *
 * The number is that of the milliseconds since the epoch at least, so that it goes on growing when Redis comes back
 * empty.
 *
 * @internal
 */
export const acquire = `
local owner = redis.call('GET', KEYS[2])
if owner and owner ~= ARGV[1] then
  return false
end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
local fence = redis.call('HGET', KEYS[1], 'fence')
if owner and fence then
  return fence
end
local time = redis.call('TIME')
fence = string.format('%.0f', math.max((tonumber(fence) or 0) + 1, time[1] * 1000 + math.floor(time[2] / 1000)))
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
 * Gives the lease of an owner back, if it was not lost.
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
 * Record, generation and, under a lease, its number, to 1, or 0 where there is something newer. Nothing expires: a
 * record that is gone costs an acquisition, which may revoke what others still use, and the refused password it may remember.
 *
 * @internal
 */
export const save = `
local generation = tonumber(redis.call('HGET', KEYS[1], 'generation')) or 0
local fence = tonumber(redis.call('HGET', KEYS[1], 'fence')) or 0
if generation > tonumber(ARGV[2]) or (ARGV[3] and fence > tonumber(ARGV[3])) then
  return 0
end
if ARGV[3] then
  redis.call('HSET', KEYS[1], 'record', ARGV[1], 'generation', ARGV[2], 'fence', ARGV[3])
else
  redis.call('HSET', KEYS[1], 'record', ARGV[1], 'generation', ARGV[2])
end
return 1
`
