-- Claim-next by many reps at once; the keys stand in the file named by the
-- first argument, one a line, and requests go round them.
local keys = {}
local n = 0
function init(args)
    for line in io.lines(args[1]) do keys[#keys + 1] = line end
    wrk.method = "POST"
end
function request()
    n = n % #keys + 1
    return wrk.format(nil, "/v1/claims",
        {["Authorization"] = "Bearer " .. keys[n],
         ["Content-Type"] = "application/json"}, "{\"count\":1}")
end
