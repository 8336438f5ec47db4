-- Numbers the threads from 0, in `number`, so that each makes requests of its own; and the headers of a JSON body.
json = { ["content-type"] = "application/json" }
local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end
