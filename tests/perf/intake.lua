-- Distinct leads through POST /v1/forms/{key}.  Arguments: key, share of
-- repeats in percent, number of the run (0 to 249).  Every run and thread
-- counts in a range of its own, so no two runs meet the same person.
local thread_n = 0
function setup(thread)
    thread:set("tid", thread_n)
    thread_n = thread_n + 1
end
function init(args)
    key = args[1]
    repeats = tonumber(args[2] or "0")
    base = tonumber(args[3] or "0")
    n = 0
    wrk.method = "POST"
    wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
    path = "/v1/forms/" .. key
end
local names = {"Nguy%E1%BB%85n+V%C4%83n+An", "Tr%E1%BA%A7n+Th%E1%BB%8B+B%C3%ACnh",
               "L%C3%AA+Minh+Ch%C3%A2u", "Ph%E1%BA%A1m+Qu%E1%BB%91c+D%C5%A9ng"}
function request()
    local id
    if n > 100 and math.random(100) <= repeats then
        id = math.random(n)
    else
        n = n + 1
        id = n
    end
    local serial = (base * 2 + tid) * 200000 + id
    local body = string.format(
        "name=%s&phone=09%08d&email=khach%d%%40gmail.com&message=T%%C6%%B0+v%%E1%%BA%%A5n"
        .. "&utm_source=facebook&utm_campaign=tet-2027&page_url=https%%3A%%2F%%2Fexample.com%%2Ftet",
        names[id % 4 + 1], serial % 100000000, serial)
    return wrk.format(nil, path, nil, body)
end
local bad = 0
function response(status)
    if status ~= 201 and status ~= 202 then bad = bad + 1 end
end
