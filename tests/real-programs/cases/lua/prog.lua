-- What Lua needs setjmp and longjmp for, and what it is used for besides.
print(_VERSION, #arg, arg[1], arg[2])

-- Errors: of the program, of the language, of libraries; as values; caught and thrown on.
print(pcall(error, "text"))
print(pcall(error, { code = 7 }) == false, select(2, pcall(error, { code = 7 })).code)
print(pcall(error, nil))
print(pcall(function() error("placed") end))
print(pcall(function() error("not placed", 0) end))
print(pcall(function() return 1 + {} end))
print(pcall(function() return #nil end))
print(pcall(function() return nil .. "x" end))
print(pcall(function() return 1 // 0 end))
print(pcall(function() return 2 ^ 53 | 0.5 end))
print(pcall(function() local t; t.x = 1 end))
print(pcall(string.rep))
print(pcall(string.rep, "x", -1))
print(pcall(string.format, "%d", "x"))
print(pcall(setmetatable, 1, {}))
print(pcall(assert, false, "asserted"))
print(load("x = = 1", "chunk"))
print(load("for", "=chunk"))
print(pcall(load("error('in a chunk')", "=chunk")))
print(xpcall(function() error("handled") end, function(text) return "<" .. text .. ">" end))
print(xpcall(function() error("twice") end, function() error("in the handler") end) == false)
print(select("#", xpcall(function(...) return ... end, print, 1, nil, nil)))

local function nested(depth)
  if depth == 0 then error({ depth = 0 }) end
  local good, value = pcall(nested, depth - 1)
  value.depth = value.depth + 1
  error(value)
end
print(select(2, pcall(nested, 50)).depth)

local caught = 0
for i = 1, 200000 do
  if not pcall(error, i) then caught = caught + 1 end
end
print(caught)

-- Recursion without end, in Lua and through C, is an error, and after it all is as before.
local function endless() return 1 + endless() end
local good, text = pcall(endless)
print(good, text:match("stack overflow"))
local function through_c() return pcall(through_c) end
print(select("#", through_c()))
local function sorted() table.sort({ 1, 2, 3 }, sorted) end
good, text = pcall(sorted)
print(good, text:match("overflow"))
print(pcall(string.rep, "x", 1 << 40))
local pattern = string.rep("(", 100)
print(pcall(string.find, "x", pattern))
print(load("return " .. string.rep("(", 300) .. "1" .. string.rep(")", 300), "=chunk"))

-- To be closed when they go out of scope, also when that is by an error.
local function closing(name)
  return setmetatable({}, { __close = function(_, e) print("close", name, e) end })
end
print(pcall(function()
  local a <close> = closing("a")
  local b <close> = closing("b")
  error("out", 0)
end))

-- Coroutines, errors in them and across them.
local function numbers(n)
  return coroutine.wrap(function()
    for i = 1, n do coroutine.yield(i, i * i) end
    return "done"
  end)
end
local f = numbers(3)
print(f()); print(f()); print(f()); print(f())
print(pcall(f))
local co = coroutine.create(function(a, b)
  local c = coroutine.yield(a + b)
  local good, e = pcall(function() local d = coroutine.yield(c * 2); error("in " .. d, 0) end)
  coroutine.yield(e)
  error({ "last" })
end)
print(coroutine.resume(co, 1, 2))
print(coroutine.resume(co, 10))
print(coroutine.resume(co, "side"))
local good, e = coroutine.resume(co)
print(good, e[1], coroutine.status(co))
print(coroutine.resume(co))
print(coroutine.close(coroutine.create(print)))
local function generate(n)
  return coroutine.wrap(function()
    if n > 0 then for x in generate(n - 1) do coroutine.yield(x + 1) end end
    coroutine.yield(0)
  end)
end
local total = 0
for x in generate(60) do total = total + x end
print(total)

-- Closures.
local function counter()
  local n = 0
  return function() n = n + 1; return n end, function() return n end
end
local count, get = counter()
count(); count()
local list = {}
for i = 1, 3 do list[i] = function() i = i + 1; return i end end
print(get(), list[1](), list[1](), list[2](), list[3]())
local function fix(g) return (function(x) return x(x) end)(function(x) return g(function(...) return x(x)(...) end) end) end
print(fix(function(self) return function(n) return n == 0 and 1 or n * self(n - 1) end end)(20))

-- Strings.
print(("%5.2f|%-6s|%06d|%x|%q|%g|%s"):format(3.14159, "ab", 42, 255, 'a"\n\0b', 1e100, true))
print(("the quick brown fox"):gsub("(%w+)", "<%1>", 3))
print(("key = value; k2=v2"):gsub("(%w+)%s*=%s*(%w+)", "%2=%1"))
print(("x^2+y"):find("^", 1, true), ("hello"):byte(1, -1))
for k, v in ("a=1, b=22, c=333"):gmatch("(%w)=(%d+)") do io.write(k, ":", v, " ") end
print(("%bxy"):len(), ("f(a(b)c)d"):match("%b()"), ("THE (quick) fox"):find("%((%a+)%)"))
print(utf8.char(72, 228, 8364, 128512), utf8.len("häß€"), #"häß€")
print(string.pack("<i4 z d", 7, "text", 0.5):byte(1, -1))
print(string.unpack(">I2 s1", "\1\2\3abc"))
print(tostring(1e15), 1e16, 2^63, math.maxinteger, math.mininteger // -1, 7 // -2, -7 % 3, 7.5 // 2, 0x.8p1)
print(tonumber("0x1p4"), tonumber("  12  "), tonumber("z", 36), tonumber("1e"), 10 / 2, 3 | 4, ~0)
print(math.type(1), math.type(1.0), math.tointeger(3.0), math.ult(1, -1), 1 < 1.5, "10" + 5)

-- Tables, metatables, sorting, collecting.
local words = {}
for word in ("one two three four five six seven eight nine ten"):gmatch("%a+") do words[#words + 1] = word end
table.sort(words, function(a, b) return #a == #b and a < b or #a < #b end)
print(table.concat(words, " "), table.unpack(words, 2, 4))
local Vector = {}
Vector.__index = Vector
Vector.__add = function(a, b) return setmetatable({ a[1] + b[1], a[2] + b[2] }, Vector) end
Vector.__eq = function(a, b) return a[1] == b[1] and a[2] == b[2] end
Vector.__tostring = function(v) return "(" .. v[1] .. ", " .. v[2] .. ")" end
Vector.__call = function(v, i) return v[i] end
local v = setmetatable({ 1, 2 }, Vector) + setmetatable({ 3, 4 }, Vector)
print(tostring(v), v == setmetatable({ 4, 6 }, Vector), v(2))
local weak, finalised = setmetatable({}, { __mode = "k" }), 0
for i = 1, 1000 do
  weak[{}] = i
  setmetatable({}, { __gc = function() finalised = finalised + 1; error("ignored") end })
end
collectgarbage(); collectgarbage()
print(next(weak), finalised)
goto over
print("not printed")
::over::
local primes, sieve = 0, {}
for i = 2, 200000 do
  if not sieve[i] then
    primes = primes + 1
    for j = i * i, 200000, i do sieve[j] = true end
  end
end
print(primes)
local function fib(n) return n < 2 and n or fib(n - 1) + fib(n - 2) end
print(fib(27))

io.stderr:write("to stderr\n")
error("uncaught")
