-- Sends the tokens of the file $TOKENS one after the other, from the number that is given as argument.
local requests, next_one = {}, 0

function init(args)
  next_one = tonumber(args[1])
  for token in io.lines(os.getenv("TOKENS")) do
    requests[#requests + 1] = wrk.format("GET", nil, { ["Authorization"] = "Bearer " .. token })
  end
end

function request()
  next_one = next_one + 1
  return requests[(next_one - 1) % #requests + 1]
end
