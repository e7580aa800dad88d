// Recursion, strings, and an array sorted with a function.
export function fib(n: i32): i32 {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

export function reverse(text: string): string {
  let result = "";
  for (let index = text.length - 1; index >= 0; index--) result += text.charAt(index);
  return result;
}

export function sortSum(n: i32): f64 {
  const values = new Array<f64>(n);
  for (let index = 0; index < n; index++) values[index] = <f64>((index * 7919) % n);
  values.sort((one, other) => one > other ? 1 : one < other ? -1 : 0);
  let sum = 0.0;
  for (let index = 0; index < n; index++) sum += values[index] * index;
  return sum;
}

export function outside(n: i32): i32 {
  const values = new StaticArray<i32>(n);
  return values[n];
}
