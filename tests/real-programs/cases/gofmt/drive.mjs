// gofmt, in Go, compiled by TinyGo.
import { format } from '@wasm-fmt/gofmt';

console.log(format(`package main
import ("fmt";"os")
type  T struct{a int; bcd   string // what
e  map[string][]func(int)error}
func main(){
x:=[]int{1,2,
3}
for i,v:=range x{ if v>1&&i<2{fmt.Println(v , i+1*2);continue}
switch{case v==1: goto end
default: os.Exit(1)}}
end:
/* done */ return}
`));
try {
  format('package main\nfunc {');
} catch (error) {
  console.log(error.message);
}
