// The part of a C++ runtime that throws and catches, for a WASI sysroot whose libraries have none:
// what clang's `-fwasm-exceptions` calls, with the types' own rules from libc++abi.
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <typeinfo>

namespace __cxxabiv1 {
// As libc++abi has it; all its types of types derive from it.
class __shim_type_info : public std::type_info {
 public:
  virtual ~__shim_type_info();
  virtual void noop1() const;
  virtual void noop2() const;
  virtual bool can_catch(const __shim_type_info* thrown, void*& object) const = 0;
};
}  // namespace __cxxabiv1
using __cxxabiv1::__shim_type_info;

namespace {
// Before each thrown object.
struct alignas(16) Header {
  const std::type_info* type;
  // In WebAssembly, destructors return what they are given.
  void* (*destructor)(void*);
  Header* caught_before;
  void* adjusted;
  int handlers;
  bool rethrown;
};

Header* caught = nullptr;
int uncaught = 0;

Header* header(void* object) { return static_cast<Header*>(object) - 1; }

uintptr_t unsigned_number(const uint8_t*& at) {
  uintptr_t value = 0;
  for (int shift = 0;; shift += 7) {
    value |= uintptr_t(*at & 127) << shift;
    if (*at++ < 128) return value;
  }
}

intptr_t signed_number(const uint8_t*& at) {
  intptr_t value = 0;
  for (int shift = 0;;) {
    uint8_t byte = *at++;
    value |= intptr_t(byte & 127) << shift;
    shift += 7;
    if (byte < 128) return byte & 64 && shift < 32 ? value | -(intptr_t(1) << shift) : value;
  }
}
}  // namespace

extern "C" {
struct {
  uintptr_t index;
  const uint8_t* table;
  uintptr_t selector;
} __wasm_lpad_context;

// Which of a landing pad's handlers is for the exception: 0 for none.
int _Unwind_CallPersonality(void* object) {
  auto& context = __wasm_lpad_context;
  context.selector = 0;
  const uint8_t* at = context.table;
  if (*at++ != 255) abort();
  uint8_t encoding = *at++;
  const uint8_t* types = nullptr;
  if (encoding != 255) {
    uintptr_t offset = unsigned_number(at);
    types = at + offset;
  }
  at++;
  uintptr_t length = unsigned_number(at);
  const uint8_t* actions = at + length;
  uintptr_t action = 0;
  for (uintptr_t i = 0; i <= context.index; i++) {
    unsigned_number(at);
    action = unsigned_number(at);
  }
  Header* thrown = header(object);
  if (action == 0) return 0;
  for (at = actions + action - 1;;) {
    intptr_t filter = signed_number(at);
    const uint8_t* next = at;
    intptr_t step = signed_number(at);
    if (filter > 0) {
      auto type = reinterpret_cast<const __shim_type_info* const*>(types)[-filter];
      void* adjusted = object;
      auto what = static_cast<const __shim_type_info*>(thrown->type);
      if (type == nullptr || type->can_catch(what, adjusted)) {
        thrown->adjusted = adjusted;
        context.selector = filter;
        return filter;
      }
    }
    if (step == 0) return 0;
    at = next + step;
  }
}

void* __cxa_allocate_exception(size_t size) noexcept {
  auto place = static_cast<Header*>(calloc(1, sizeof(Header) + size));
  if (place == nullptr) abort();
  return place + 1;
}

void __cxa_free_exception(void* object) noexcept { free(header(object)); }

[[noreturn]] void __cxa_throw(void* object, std::type_info* type, void* (*destructor)(void*)) {
  header(object)->type = type;
  header(object)->destructor = destructor;
  uncaught++;
  __builtin_wasm_throw(0, object);
}

void* __cxa_begin_catch(void* object) noexcept {
  Header* thrown = header(object);
  uncaught--;
  thrown->rethrown = false;
  if (thrown->handlers++ == 0) {
    thrown->caught_before = caught;
    caught = thrown;
  }
  return thrown->adjusted;
}

void* __cxa_get_exception_ptr(void* object) noexcept { return header(object)->adjusted; }

void __cxa_end_catch() {
  Header* thrown = caught;
  if (--thrown->handlers > 0) return;
  caught = thrown->caught_before;
  if (thrown->rethrown) return;
  if (thrown->destructor) thrown->destructor(thrown + 1);
  free(thrown);
}

[[noreturn]] void __cxa_rethrow() {
  if (caught == nullptr) std::terminate();
  caught->rethrown = true;
  uncaught++;
  __builtin_wasm_throw(0, caught + 1);
}

// For `std::exception_ptr`, which is not here.
void __cxa_increment_exception_refcount(void*) noexcept {}
void __cxa_decrement_exception_refcount(void*) noexcept {}
void* __cxa_current_primary_exception() noexcept { return nullptr; }
void __cxa_rethrow_primary_exception(void*) {}

int __gxx_wasm_personality_v0(...) { abort(); }
int __cxa_uncaught_exceptions() noexcept { return uncaught; }
bool __cxa_uncaught_exception() noexcept { return uncaught != 0; }
}
