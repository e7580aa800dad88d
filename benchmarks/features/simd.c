// Kernels of vector instructions; each export takes how often it is to run and gives a checksum.
#include <stdint.h>
#include <wasm_simd128.h>

#define EXPORT(name) __attribute__((export_name(#name)))

static uint32_t state = 1;

static uint8_t byte(void) {
  state = state * 1664525 + 1013904223;
  return state >> 24;
}

static int64_t sum(const void *bytes, int length) {
  const uint8_t *p = bytes;
  uint64_t sum = 14695981039346656037u;
  for (int i = 0; i < length; i++) sum = (sum ^ p[i]) * 1099511628211u;
  return sum;
}

// BLAKE3's compression: the state's rows in four vectors, and the message's words in four more,
// which are brought into each round's order by shuffles, as implementations for x86 do it.

#define ROTATE(v, by) wasm_v128_or(wasm_u32x4_shr(v, by), wasm_i32x4_shl(v, 32 - by))
#define ROTATE_16(v) \
  wasm_i8x16_shuffle(v, v, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13)
#define ROTATE_8(v) \
  wasm_i8x16_shuffle(v, v, 1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12)
#define HALF(a, b, c, d, x, y)                            \
  a = wasm_i32x4_add(wasm_i32x4_add(a, b), x);            \
  d = ROTATE_16(wasm_v128_xor(d, a));                     \
  c = wasm_i32x4_add(c, d);                               \
  b = ROTATE(wasm_v128_xor(b, c), 12);                    \
  a = wasm_i32x4_add(wasm_i32x4_add(a, b), y);            \
  d = ROTATE_8(wasm_v128_xor(d, a));                      \
  c = wasm_i32x4_add(c, d);                               \
  b = ROTATE(wasm_v128_xor(b, c), 7)

// A round; its message is in `w` (words 0, 2, 4, 6), `x` (1, 3, 5, 7), `y` (8, 10, 12, 14) and `z`
// (9, 11, 13, 15).
#define ROUND(a, b, c, d, w, x, y, z)         \
  HALF(a, b, c, d, w, x);                     \
  b = wasm_i32x4_shuffle(b, b, 1, 2, 3, 0);   \
  c = wasm_i32x4_shuffle(c, c, 2, 3, 0, 1);   \
  d = wasm_i32x4_shuffle(d, d, 3, 0, 1, 2);   \
  HALF(a, b, c, d, y, z);                     \
  b = wasm_i32x4_shuffle(b, b, 3, 0, 1, 2);   \
  c = wasm_i32x4_shuffle(c, c, 2, 3, 0, 1);   \
  d = wasm_i32x4_shuffle(d, d, 1, 2, 3, 0)

// The compression's start, and what it leaves.
#define START                                                                              \
  v128_t a = wasm_v128_load(value), b = wasm_v128_load(value + 4);                         \
  v128_t c = wasm_i32x4_const(0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A);             \
  v128_t d = wasm_i32x4_make((uint32_t)counter, (uint32_t)(counter >> 32), 64, 0)
#define END                                      \
  wasm_v128_store(value, wasm_v128_xor(a, c));   \
  wasm_v128_store(value + 4, wasm_v128_xor(b, d))

static void compress(uint32_t value[8], const uint32_t block[16], uint64_t counter) {
  START;
  v128_t m0 = wasm_v128_load(block), m1 = wasm_v128_load(block + 4);
  v128_t m2 = wasm_v128_load(block + 8), m3 = wasm_v128_load(block + 12);
  v128_t w = wasm_i32x4_shuffle(m0, m1, 0, 2, 4, 6), x = wasm_i32x4_shuffle(m0, m1, 1, 3, 5, 7);
  v128_t y = wasm_i32x4_shuffle(m2, m3, 0, 2, 4, 6), z = wasm_i32x4_shuffle(m2, m3, 1, 3, 5, 7);
#pragma clang loop unroll(full)
  for (int round = 0; round < 7; round++) {
    ROUND(a, b, c, d, w, x, y, z);
    // Words 2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8.
    v128_t next_w = wasm_i32x4_shuffle(w, x, 1, 5, 7, 2);
    v128_t next_x = wasm_i32x4_shuffle(wasm_i32x4_shuffle(y, z, 1, 6, 1, 6), w, 7, 0, 4, 1);
    v128_t next_y = wasm_i32x4_shuffle(wasm_i32x4_shuffle(y, z, 2, 2, 4, 7), x, 4, 0, 2, 3);
    v128_t next_z = wasm_i32x4_shuffle(wasm_i32x4_shuffle(y, z, 5, 5, 3, 0), x, 0, 6, 2, 3);
    w = next_w, x = next_x, y = next_y, z = next_z;
  }
  END;
}

// The same with each round's words loaded one by one.

static const uint8_t ORDER[7][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8},
    {3, 4, 10, 12, 13, 2, 7, 14, 6, 5, 9, 0, 11, 15, 8, 1},
    {10, 7, 12, 9, 14, 3, 13, 15, 4, 0, 11, 2, 5, 8, 1, 6},
    {12, 13, 9, 11, 15, 10, 14, 8, 7, 2, 5, 3, 0, 1, 6, 4},
    {9, 14, 11, 5, 8, 12, 15, 1, 13, 3, 0, 10, 2, 6, 4, 7},
    {11, 15, 5, 0, 1, 9, 8, 6, 14, 10, 2, 12, 3, 4, 7, 13},
};

static void compress_gathering(uint32_t value[8], const uint32_t block[16], uint64_t counter) {
  START;
#pragma clang loop unroll(full)
  for (int round = 0; round < 7; round++) {
    const uint8_t *o = ORDER[round];
#define FOUR(p, q, r, s) wasm_i32x4_make(block[o[p]], block[o[q]], block[o[r]], block[o[s]])
    ROUND(a, b, c, d, FOUR(0, 2, 4, 6), FOUR(1, 3, 5, 7), FOUR(8, 10, 12, 14),
          FOUR(9, 11, 13, 15));
  }
  END;
}

// Each run: 16 KiB.
#define BLAKE3(name, compress)                                                              \
  EXPORT(name) int64_t name(int32_t times) {                                                \
    static uint32_t blocks[256][16];                                                        \
    uint32_t value[8] = {0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A,                    \
                         0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19};                   \
    for (int i = 0; i < (int)sizeof blocks; i++) ((uint8_t *)blocks)[i] = byte();           \
    while (times--)                                                                         \
      for (int i = 0; i < 256; i++) compress(value, blocks[i], i);                          \
    return sum(value, sizeof value);                                                        \
  }
BLAKE3(blake3, compress)
BLAKE3(gather, compress_gathering)

// Hexadecimal, 16 KiB of bytes at each run.
EXPORT(hex) int64_t hex(int32_t times) {
  static uint8_t from[16384], to[32768];
  for (int i = 0; i < (int)sizeof from; i++) from[i] = byte();
  v128_t digits = wasm_i8x16_make('0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c',
                                  'd', 'e', 'f');
  while (times--) {
    for (int i = 0; i < (int)sizeof from; i += 16) {
      v128_t bytes = wasm_v128_load(from + i);
      v128_t high = wasm_i8x16_swizzle(digits, wasm_u8x16_shr(bytes, 4));
      v128_t low = wasm_i8x16_swizzle(digits, wasm_v128_and(bytes, wasm_i8x16_splat(15)));
      wasm_v128_store(to + 2 * i, wasm_i8x16_shuffle(high, low, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20,
                                                     5, 21, 6, 22, 7, 23));
      wasm_v128_store(to + 2 * i + 16,
                      wasm_i8x16_shuffle(high, low, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29,
                                         14, 30, 15, 31));
    }
    from[times & 16383]++;
  }
  return sum(to, sizeof to);
}

// Product of two matrices of 128 by 128 16-bit numbers, the second one transposed.
EXPORT(matrix) int64_t matrix(int32_t times) {
  enum { SIZE = 128 };
  static int16_t a[SIZE][SIZE], b[SIZE][SIZE];
  static int32_t product[SIZE][SIZE];
  for (int i = 0; i < SIZE * SIZE; i++) a[0][i] = byte() - 128, b[0][i] = byte() - 128;
  while (times--) {
    for (int i = 0; i < SIZE; i++)
      for (int j = 0; j < SIZE; j++) {
        v128_t sums = wasm_i32x4_splat(0);
        for (int k = 0; k < SIZE; k += 8)
          sums = wasm_i32x4_add(
              sums, wasm_i32x4_dot_i16x8(wasm_v128_load(&a[i][k]), wasm_v128_load(&b[j][k])));
        product[i][j] = wasm_i32x4_extract_lane(sums, 0) + wasm_i32x4_extract_lane(sums, 1) +
                        wasm_i32x4_extract_lane(sums, 2) + wasm_i32x4_extract_lane(sums, 3);
      }
    a[0][times % (SIZE * SIZE)]++;
  }
  return sum(product, sizeof product);
}

// Sharpens 256 by 256 grey pixels: four times the pixel, less its neighbours, and half of the
// result saturated on top of it.
EXPORT(image) int64_t image(int32_t times) {
  enum { SIZE = 256, PITCH = SIZE + 32 };
  static uint8_t from[SIZE + 2][PITCH], to[SIZE][SIZE];
  for (int i = 0; i < (int)sizeof from; i++) from[0][i] = byte();
  while (times--) {
    for (int y = 1; y <= SIZE; y++)
      for (int x = 0; x < SIZE; x += 16) {
        v128_t here = wasm_v128_load(&from[y][x + 16]);
        v128_t left = wasm_v128_load(&from[y][x + 15]), right = wasm_v128_load(&from[y][x + 17]);
        v128_t up = wasm_v128_load(&from[y - 1][x + 16]), down = wasm_v128_load(&from[y + 1][x + 16]);
#define PART(half)                                                                     \
  wasm_i16x8_shr(wasm_i16x8_sub(wasm_i16x8_shl(wasm_u16x8_extend_##half##_u8x16(here), 2), \
                                wasm_i16x8_add(                                        \
                                    wasm_i16x8_add(wasm_u16x8_extend_##half##_u8x16(left),  \
                                                   wasm_u16x8_extend_##half##_u8x16(right)), \
                                    wasm_i16x8_add(wasm_u16x8_extend_##half##_u8x16(up),    \
                                                   wasm_u16x8_extend_##half##_u8x16(down)))), \
                 1)
        v128_t edges = wasm_u8x16_narrow_i16x8(PART(low), PART(high));
        v128_t smooth = wasm_u8x16_avgr(wasm_u8x16_avgr(left, right), wasm_u8x16_avgr(up, down));
        wasm_v128_store(&to[y - 1][x],
                        wasm_u8x16_max(wasm_u8x16_add_sat(here, edges),
                                       wasm_u8x16_sub_sat(smooth, edges)));
      }
    from[1 + times % SIZE][16]++;
  }
  return sum(to, sizeof to);
}
