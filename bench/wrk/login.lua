-- Logs patrons in, each with a different card. The sessions are left to expire.
-- Argument: the number of patrons.
dofile("bench/wrk/report.lua")
dofile("bench/wrk/threads.lua")

function init(arguments)
  patrons, sent = tonumber(arguments[1]), 0
end

function request()
  sent = sent + 1
  local patron = (sent * 16 + number) % patrons + 1
  local body = string.format(
    '{"login":{"first_name":"First%d","last_name":"Last%d","number":"BENCH%07d"}}', patron, patron, patron)
  return wrk.format("POST", "/patdb/sessions", json, body)
end
