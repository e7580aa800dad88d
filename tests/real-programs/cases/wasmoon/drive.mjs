// Lua 5.4 in a script: C by emscripten, whose errors are exceptions of JavaScript.
import { LuaFactory } from 'wasmoon';

const lua = await new LuaFactory().createEngine();
lua.global.set('add', (one, other) => one + other);
console.log(await lua.doString('return add(1, 2.5) .. " " .. _VERSION'));
console.log(await lua.doString(`
  local words = {}
  for word in ("the quick brown fox"):gmatch("%a+") do words[#words + 1] = word:upper() end
  table.sort(words, function(a, b) return a > b end)
  return table.concat(words, ",")`));
console.log(await lua.doString(`
  local caught = {}
  for n = 1, 5 do
    local ok, message = pcall(function() if n % 2 == 1 then error({ n = n }) end return n end)
    caught[#caught + 1] = ok and tostring(message) or ("error " .. message.n)
  end
  local producer = coroutine.wrap(function() for n = 1, 3 do coroutine.yield(n * 11) end end)
  return table.concat(caught, ";") .. " " .. producer() .. " " .. producer()`));
try {
  await lua.doString('local t = nil; return t.x');
} catch (error) {
  console.log(error.message);
}
lua.global.close();
