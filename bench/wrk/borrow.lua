-- Borrows and returns in alternating blocks: each thread borrows 64 different books, each for a different patron, and
-- then returns them. A connection sends one request at a time, so every loan of a block is made before its return is
-- sent. Arguments: the number of books and of patrons. Patrons of different threads differ.
dofile("bench/wrk/report.lua")
dofile("bench/wrk/threads.lua")

function init(arguments)
  books, patrons, sent = tonumber(arguments[1]), tonumber(arguments[2]), 0
  per_thread = math.floor(patrons / 16)
end

function request()
  local block, at = math.floor(sent / 128), sent % 128
  sent = sent + 1
  local pair = block * 64 + at % 64
  local patron = number * per_thread + pair % per_thread + 1
  local book = (pair * 7 + number) % books + 1
  local body = string.format('{"borrow":{"book_id":%d,"patron_id":%d}}', book, patron)
  return wrk.format(at < 64 and "POST" or "DELETE", "/borrow", json, body)
end
