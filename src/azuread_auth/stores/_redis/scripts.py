"""What Redis does in one step: leases and fences."""

from typing import Final

__all__ = ["LEASE", "PUT_LEASED", "RELEASE"]

# Keys: lease, fence. Arguments: owner, milliseconds of the lease, milliseconds of the fence. Gives the fence, or
# nothing while another owner has the lease. The same owner gets it again: its first answer may have been lost.
# A fence is at least the time in milliseconds, so that it also grows where Redis lost its data in between.
LEASE: Final = """
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return nil end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local fence = string.format('%.0f', math.max((tonumber(redis.call('GET', KEYS[2])) or 0) + 1, now))
redis.call('SET', KEYS[2], fence, 'PX', ARGV[3])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return tonumber(fence)
"""

# Keys: lease. Arguments: owner.
RELEASE: Final = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""

# Keys: value, fence. Arguments: fence, value, its milliseconds, 0 for none. Where no fence is known any more, no later
# lease is known either.
PUT_LEASED: Final = """
local fence = redis.call('GET', KEYS[2])
if fence and fence ~= ARGV[1] then return 0 end
if ARGV[3] == '0' then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
return 1
"""
