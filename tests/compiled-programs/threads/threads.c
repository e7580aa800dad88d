/* Threads that share a memory: a queue from one to the others, with a mutex and condition variables
 * made of waiting and notifying as C libraries make them, and counters that all add to.
 *
 * For WebAssembly, the host starts the threads, each with an instance and a stack of its own; for
 * Linux, `main` does, and prints what the host is to print. */
#include <stdatomic.h>
#include <stdint.h>

#ifdef __wasm__
#define EXPORT(name) __attribute__((export_name(#name)))
static void wait_while(atomic_int *place, int value) {
  __builtin_wasm_memory_atomic_wait32((int *)place, value, -1);
}
static void notify(atomic_int *place, int count) {
  __builtin_wasm_memory_atomic_notify((int *)place, (unsigned)count);
}
#else
#include <linux/futex.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
#define EXPORT(name)
static void wait_while(atomic_int *place, int value) {
  syscall(SYS_futex, place, FUTEX_WAIT_PRIVATE, value, 0, 0, 0);
}
static void notify(atomic_int *place, int count) {
  syscall(SYS_futex, place, FUTEX_WAKE_PRIVATE, count, 0, 0, 0);
}
#endif

enum { ALL = 1 << 30 };

/* 0 when nobody has it, 1 when somebody has it, 2 when others may wait for it. */
typedef struct { atomic_int state; } Mutex;

static void lock(Mutex *mutex) {
  int state = 0;
  if (atomic_compare_exchange_strong(&mutex->state, &state, 1)) return;
  if (state != 2) state = atomic_exchange(&mutex->state, 2);
  while (state != 0) {
    wait_while(&mutex->state, 2);
    state = atomic_exchange(&mutex->state, 2);
  }
}

static void unlock(Mutex *mutex) {
  if (atomic_exchange(&mutex->state, 0) == 2) notify(&mutex->state, 1);
}

typedef struct { atomic_int signals; } Condition;

static void wait_for(Condition *condition, Mutex *mutex) {
  int signals = atomic_load(&condition->signals);
  unlock(mutex);
  wait_while(&condition->signals, signals);
  lock(mutex);
}

static void wake(Condition *condition, int count) {
  atomic_fetch_add(&condition->signals, 1);
  notify(&condition->signals, count);
}

/* What is to be done, and who waits for it. Initialised, so that it is data which exactly one
 * thread has to put into the memory. */
static struct {
  Mutex mutex;
  Condition not_empty, not_full, arrived;
  int items[4], first, count, closed, there, rounds;
  uint32_t limit, chunk;
} queue = {.limit = 400000, .chunk = 1000};

static struct {
  atomic_uint chunks;
  atomic_ullong sum;
  atomic_uchar bytes[3];
  _Atomic uint16_t shorts[2];
  uint64_t primes, squares;
  uint32_t largest;
} found = {.largest = 1};

/* In thread-local storage, which each thread's instance sets up. */
static _Thread_local uint32_t mine[4] = {100, 200, 300, 400};

static void put(int item) {
  lock(&queue.mutex);
  while (queue.count == 4) wait_for(&queue.not_full, &queue.mutex);
  queue.items[(queue.first + queue.count++) % 4] = item;
  unlock(&queue.mutex);
  wake(&queue.not_empty, 1);
}

/* -1 when there is nothing any more. */
static int take(void) {
  lock(&queue.mutex);
  while (queue.count == 0 && !queue.closed) wait_for(&queue.not_empty, &queue.mutex);
  int item = -1;
  if (queue.count > 0) {
    item = queue.items[queue.first];
    queue.first = (queue.first + 1) % 4;
    queue.count--;
  }
  unlock(&queue.mutex);
  wake(&queue.not_full, 1);
  return item;
}

static void arrive(int threads) {
  lock(&queue.mutex);
  int round = queue.rounds;
  if (++queue.there == threads) {
    queue.there = 0;
    queue.rounds++;
    wake(&queue.arrived, ALL);
  }
  while (queue.rounds == round) wait_for(&queue.arrived, &queue.mutex);
  unlock(&queue.mutex);
}

static int is_prime(uint32_t number) {
  if (number < 2) return 0;
  for (uint32_t divisor = 2; divisor * divisor <= number; divisor++)
    if (number % divisor == 0) return 0;
  return 1;
}

/* What one of the threads does; gives how many chunks it has done, for which it kept count apart
 * from the others. */
EXPORT(work) uint32_t work(int index, int threads) {
  arrive(threads);
  if (index == 0) {
    for (uint32_t start = 0; start < queue.limit; start += queue.chunk) put((int)start);
    lock(&queue.mutex);
    queue.closed = 1;
    unlock(&queue.mutex);
    wake(&queue.not_empty, ALL);
  }
  for (int start; (start = take()) >= 0;) {
    uint64_t sum = 0, squares = 0;
    uint32_t primes = 0, largest = 0, seen[64], count = 0;
    for (uint32_t number = start; number < start + queue.chunk; number++) {
      sum += number;
      if (!is_prime(number)) continue;
      primes++;
      largest = number;
      seen[count++ % 64] = number;
    }
    for (uint32_t i = 0; i < count && i < 64; i++) squares += (uint64_t)seen[i] * seen[i];
    atomic_fetch_add(&found.sum, sum);
    atomic_fetch_add(&found.chunks, 1);
    for (int i = 0; i < 3; i++) atomic_fetch_add(&found.bytes[i], i + 1);
    for (int i = 0; i < 2; i++) atomic_fetch_xor(&found.shorts[i], start * (i + 7));
    lock(&queue.mutex);
    found.primes += primes;
    found.squares += squares;
    if (found.largest < largest) found.largest = largest;
    unlock(&queue.mutex);
    mine[start / queue.chunk % 4]++;
  }
  arrive(threads);
  uint32_t done = 0;
  for (int i = 0; i < 4; i++) done += mine[i] - 100 * (i + 1);
  return done;
}

EXPORT(answer) uint64_t answer(int which) {
  switch (which) {
    case 0: return found.primes;
    case 1: return found.sum;
    case 2: return found.squares;
    case 3: return found.largest;
    case 4: return found.chunks;
    case 5: return found.bytes[0] | found.bytes[1] << 8 | found.bytes[2] << 16;
    case 6: return found.shorts[0] | (uint64_t)found.shorts[1] << 16;
    default: return queue.rounds;
  }
}

#ifndef __wasm__
static void *thread(void *index) {
  return (void *)(uintptr_t)work((int)(uintptr_t)index, 4);
}

int main(void) {
  pthread_t threads[4];
  uint32_t done = 0;
  for (uintptr_t i = 0; i < 4; i++) pthread_create(&threads[i], 0, thread, (void *)i);
  for (int i = 0; i < 4; i++) {
    void *result;
    pthread_join(threads[i], &result);
    done += (uint32_t)(uintptr_t)result;
  }
  printf("done %u\n", done);
  for (int i = 0; i < 8; i++) printf("%d %llu\n", i, (unsigned long long)answer(i));
}
#endif
