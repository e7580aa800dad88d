// An Extism plugin by the toolkit for AssemblyScript.
import { Config, Host, Var } from "@extism/as-pdk";

// What `throw` does, by the option `--use`.
export function myAbort(message: string | null, file: string | null, line: u32, column: u32): void {}

// How many vowels the text has, and how many all texts had so far, as JSON.
export function count_vowels(): i32 {
  const text = Host.inputString();
  const configured = Config.get("vowels");
  const vowels = configured === null ? "aeiouAEIOU" : configured;
  let count = 0;
  for (let i = 0; i < text.length; i++) if (vowels.includes(text.charAt(i))) count++;
  const before = Var.getString("total");
  const total = (before === null ? 0 : I32.parseInt(before)) + count;
  Var.set("total", Uint8Array.wrap(String.UTF8.encode(total.toString())));
  Host.outputString(
    '{"count":' + count.toString() + ',"total":' + total.toString() + ',"vowels":"' + vowels + '"}',
  );
  return 0;
}
