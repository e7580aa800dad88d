// A module as one writes it in AssemblyScript: strings in and out, a function of the host's, an
// error.
@external("greeter", "log")
declare function log(text: string): void;

export function greet(name: string): string {
  if (name.length == 0) throw new Error("nobody to greet");
  log("greeting " + name);
  return "Hello, " + name + "!";
}
