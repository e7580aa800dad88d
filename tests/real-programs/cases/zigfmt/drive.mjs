// zig fmt, in Zig; with functions that return two values.
import init, { format } from '@wasm-fmt/zig_fmt';

await init();
console.log(format(`const std=@import("std");
pub fn main() !void{
var x:u32=1;while(x<10):(x+=1){if(x==3)continue else std.debug.print("{}\\n",.{x});}
const T=struct{a:u8,b:?[]const u8=null,fn f(self:*@This())void{_=self;}};
switch(x){1...3=>{},4,5=>|y| _=y,else=>unreachable}
_=T{.a=1,.b="x"};}
test "a"{try std.testing.expect(true);}
`));
try {
  console.log(format('const = ;'));
} catch (error) {
  console.log(String(error));
}
