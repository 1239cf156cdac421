// One sorted set holds all cooldowns: accounts by the end of theirs, in milliseconds of the clock of
// Redis, since those of the processes differ. It goes when the last of them has been over for a while.

const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`;

/** KEYS: the set. ARGV: channel, account, milliseconds, how long one that is over is kept. */
export const EXTEND = `${NOW}
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[4])
redis.call('ZADD', KEYS[1], 'GT', now + ARGV[3], ARGV[2])
local ends = redis.call('ZSCORE', KEYS[1], ARGV[2])
if not ends then return 0 end
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', last[2] + ARGV[4]))
redis.call('PUBLISH', ARGV[1], cjson.encode({ ARGV[2], ends - now }))
return 1`;

/** KEYS: the set. ARGV: channel, account. */
export const DELETE = `
redis.call('ZREM', KEYS[1], ARGV[2])
redis.call('PUBLISH', ARGV[1], cjson.encode({ ARGV[2], 0 }))
return 1`;

/** KEYS: the set. ARGV: how long one that is over is kept. Accounts and their milliseconds from now. */
export const LIST = `${NOW}
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[1])
local all = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
for n = 2, #all, 2 do all[n] = string.format('%.0f', all[n] - now) end
return all`;
