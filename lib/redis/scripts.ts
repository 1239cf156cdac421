// All times are those of the clock of Redis, in milliseconds, since those of the processes differ.

const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`;

// One sorted set holds all cooldowns: accounts by the end of theirs. It goes when the last of them has
// been over for a while.

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

// Of each account a hash says who repairs it and until when at most, when it was repaired last, and
// which of its repairs has failed last.

/**
 * KEYS: the hash. ARGV: whose repair it would be, how long ago the attempt that has failed began, the
 * limit of the repair, whose repair was waited for, how long what has ended is kept.
 */
export const CLAIM = `${NOW}
local of = redis.call('HMGET', KEYS[1], 'repaired', 'failed', 'holder', 'ends')
if of[1] and tonumber(of[1]) >= now - ARGV[2] then return { 'repaired' } end
if of[2] and of[2] == ARGV[4] then return { 'failed' } end
if of[3] and of[3] ~= ARGV[1] and tonumber(of[4]) > now then
  return { 'held', of[3], string.format('%.0f', of[4] - now) }
end
redis.call('HSET', KEYS[1], 'holder', ARGV[1], 'ends', now + ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[3] + ARGV[5])
return { 'own' }`;

/** KEYS: the hash. ARGV: channel, account, whose repair it was, whether it is repaired, how long kept. */
export const RELEASE = `${NOW}
if ARGV[4] == '1' then redis.call('HSET', KEYS[1], 'repaired', now)
else redis.call('HSET', KEYS[1], 'failed', ARGV[3]) end
if redis.call('HGET', KEYS[1], 'holder') == ARGV[3] then
  redis.call('HDEL', KEYS[1], 'holder', 'ends')
end
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[5]) then redis.call('PEXPIRE', KEYS[1], ARGV[5]) end
redis.call('PUBLISH', ARGV[1], cjson.encode({ ARGV[2], ARGV[3], ARGV[4] == '1' }))
return 1`;

// Of each bucket of tokens that is not full a hash says how many it held and when. What it gets by
// itself fills it in the end, and then it goes; at the latest after a day without a retry.

const BUCKETS = `${NOW}
local function level(key, max, perMinute)
  local of = redis.call('HMGET', key, 'tokens', 'at')
  if not of[1] then return max end
  return math.min(max, of[1] + math.max(0, now - of[2]) * perMinute / 60000)
end
local function keep(key, tokens, max, perMinute)
  if tokens >= max then return redis.call('DEL', key) end
  local ms = 86400000
  if perMinute > 0 then ms = math.min(ms, math.ceil((max - tokens) / perMinute * 60000)) end
  redis.call('HSET', key, 'tokens', string.format('%.6f', tokens), 'at', now)
  redis.call('PEXPIRE', key, ms)
end`;

/** KEYS: the bucket. ARGV: tokens of a full one, tokens a minute. Whether one is taken, what is left. */
export const TAKE_TOKEN = `${BUCKETS}
local max, perMinute = tonumber(ARGV[1]), tonumber(ARGV[2])
local tokens = level(KEYS[1], max, perMinute)
if tokens < 1 then return { 0, string.format('%.6f', tokens) } end
keep(KEYS[1], tokens - 1, max, perMinute)
return { 1, string.format('%.6f', tokens - 1) }`;

/** KEYS: buckets. ARGV: of each what it gets, its tokens when it is full, its tokens a minute. */
export const ADD_TOKENS = `${BUCKETS}
for n, key in ipairs(KEYS) do
  local max, perMinute = tonumber(ARGV[3 * n - 1]), tonumber(ARGV[3 * n])
  keep(key, level(key, max, perMinute) + ARGV[3 * n - 2], max, perMinute)
end
return 1`;
