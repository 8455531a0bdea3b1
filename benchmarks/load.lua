-- Sends requests that were made before: each in turn, again and again, or each once.
--
-- wrk ... URL -- FILE once|again STATUS
-- FILE holds, for each request, a line with its length and then its bytes. Told "once", it ends
-- with the last answer. wrk runs this in a thread of its own (-t1), and asks for a request once
-- before it starts, which is not sent.

local ffi = require("ffi")
ffi.cdef [[
typedef struct { long seconds; long microseconds; } bench_moment;
int gettimeofday(bench_moment *moment, void *zone);
int getpid(void);
int kill(int process, int signal);
]]
local INTERRUPT = 2
local FOR_EVER = 3600 * 1000

local moment = ffi.new("bench_moment")
local requests, is_once, expected = {}, false, 200
local is_rehearsal = true
-- What the other state of Lua, the one that runs done(), reads.
issued, completed, unexpected, sample = 0, 0, 0, ""
started, ended = 0, 0

local function now()
  ffi.C.gettimeofday(moment, nil)
  return tonumber(moment.seconds) + tonumber(moment.microseconds) / 1e6
end

local the_thread
function setup(thread)
  the_thread = thread
end

function init(args)
  local file = assert(io.open(args[1], "rb"))
  for length in file:lines() do
    requests[#requests + 1] = file:read(tonumber(length))
  end
  file:close()
  is_once, expected = args[2] == "once", tonumber(args[3])
  if is_once then
    -- wrk asks before each request: a connection that comes too late waits.
    function delay()
      return issued < #requests and 0 or FOR_EVER
    end
  end
end

function request()
  if is_rehearsal then
    is_rehearsal = false
    return requests[1]
  end
  if issued == 0 then
    started = now()
  end
  issued = issued + 1
  return requests[(issued - 1) % #requests + 1]
end

function response(status, _, body)
  completed = completed + 1
  ended = now()
  if status ~= expected then
    unexpected = unexpected + 1
    sample = status .. " " .. body:sub(1, 300)
  end
  if is_once and completed == #requests then
    -- wrk itself sleeps until its time is over: wake it.
    ffi.C.kill(ffi.C.getpid(), INTERRUPT)
    wrk.thread:stop()
  end
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write("BENCH\n")
  for _, name in ipairs({"issued", "completed", "unexpected", "started", "ended"}) do
    io.write(string.format("%s %.6f\n", name, the_thread:get(name)))
  end
  for _, percent in ipairs({50, 95, 99}) do
    io.write(string.format("p%d %d\n", percent, latency:percentile(percent)))
  end
  io.write(string.format("lost %d\n", errors.connect + errors.read + errors.write + errors.timeout))
  io.write("sample ", (the_thread:get("sample"):gsub("[\r\n]", " ")), "\n")
end
