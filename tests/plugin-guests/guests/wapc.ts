// A waPC guest by the toolkit for AssemblyScript.
import {
  consoleLog, handleAbort, handleCall, hostCall, register, Result,
} from "@wapc/as-guest/assembly";

function hello(payload: ArrayBuffer): Result<ArrayBuffer> {
  const name = String.UTF8.decode(payload);
  consoleLog("greeting " + name);
  return Result.ok(String.UTF8.encode("Hello, " + name + "!"));
}

// Hands the payload on to the host, and back what it says.
function ask(payload: ArrayBuffer): Result<ArrayBuffer> {
  const answer = hostCall("binding", "sample", "ask", payload);
  if (!answer.isOk) return answer;
  return Result.ok(String.UTF8.encode("the host says: " + String.UTF8.decode(answer.get())));
}

function fail(payload: ArrayBuffer): Result<ArrayBuffer> {
  return Result.error<ArrayBuffer>(new Error("on purpose"));
}

register("hello", hello);
register("ask", ask);
register("fail", fail);

export function __guest_call(operation_size: usize, payload_size: usize): bool {
  return handleCall(operation_size, payload_size);
}

// What `throw` does, by the option `--use`.
export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  handleAbort(message, file, line, column);
}
