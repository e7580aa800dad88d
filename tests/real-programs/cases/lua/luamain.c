/* Runs a script as `lua` does: `lua SCRIPT ARGUMENTS`. The crate that Lua comes in has no `lua.c`. */
#include <stdio.h>
#include "lauxlib.h"
#include "lua.h"
#include "lualib.h"

static int traced(lua_State *L) {
  const char *message = lua_tostring(L, 1);
  luaL_traceback(L, L, message == NULL ? "(error object is not a string)" : message, 1);
  return 1;
}

int main(int argc, char **argv) {
  lua_State *L = luaL_newstate();
  if (L == NULL) return 2;
  luaL_openlibs(L);
  lua_createtable(L, argc, 0);
  for (int i = 1; i < argc; i++) {
    lua_pushstring(L, argv[i]);
    lua_rawseti(L, -2, i - 1);
  }
  lua_setglobal(L, "arg");
  int status = LUA_OK;
  if (argc > 1) {
    lua_pushcfunction(L, traced);
    status = luaL_loadfile(L, argv[1]);
    if (status == LUA_OK) status = lua_pcall(L, 0, 0, 1);
    if (status != LUA_OK) fprintf(stderr, "lua: %s\n", lua_tostring(L, -1));
  }
  lua_close(L);
  return status != LUA_OK;
}
