-- Prints one JSON line for the driver after wrk's own report.
done = function(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    'result {"requests":%d,"microseconds":%d,"p50":%d,"p99":%d,"max":%d,"bytes":%d,"failed":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency.max, summary.bytes,
    errors.connect + errors.read + errors.write + errors.timeout + errors.status))
end
