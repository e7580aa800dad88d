// Dart's formatter, compiled by dart2wasm: objects that are collected, and exceptions.
import { format } from '@wasm-fmt/dart_fmt';

console.log(format(`import 'dart:io';
class  A<T extends num>  extends B with C implements D{
final Map<String,List<T>> items; const A({required this.items,this.x=1,});
int x;@override Future<int> f(int a,{String? b})async{
for(var i=0;i<a;i++){if(i.isEven)continue;await Future.delayed(Duration(seconds:i),()=>print('$i \${b??"none"}'));}
try{return switch(a){1=>2,>5&&<9=>3,_=>throw Exception('a rather long message that does not fit into one line of the file')};}on Exception catch(e){rethrow;}finally{x++;}}}
`, 'a.dart'));
try {
  format('class {', 'b.dart');
} catch (error) {
  console.log(String(error.message ?? error));
}
