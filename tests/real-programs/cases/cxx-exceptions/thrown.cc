// Exceptions of C++: thrown and caught across functions, thrown on, and what is destroyed by them.
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

struct Noisy {
  const char* name;
  explicit Noisy(const char* name) : name(name) { std::printf("+%s ", name); }
  ~Noisy() { std::printf("-%s%s ", name, std::uncaught_exceptions() ? "!" : ""); }
};

struct Left { virtual ~Left() = default; int left = 1; };
struct Right { virtual ~Right() = default; int right = 2; };
struct Both : Left, Right { int both = 3; };
struct Own : std::runtime_error {
  int code;
  Own(int code) : std::runtime_error("own " + std::to_string(code)), code(code) {}
};

__attribute__((noinline)) void deep(int depth, int kind) {
  Noisy noisy(depth % 2 ? "odd" : "even");
  if (depth > 0) return deep(depth - 1, kind);
  switch (kind) {
    case 0: throw 42;
    case 1: throw std::string("a string");
    case 2: throw Own(7);
    case 3: throw std::out_of_range("range");
    case 4: throw Both();
    case 5: throw "literal";
    case 6: std::vector<int>{1, 2, 3}.at(3); break;
    case 7: throw 2.5;
  }
  std::printf("nothing ");
}

__attribute__((noinline)) void middle(int kind) {
  Noisy noisy("middle");
  try {
    deep(2, kind);
  } catch (const Own& own) {
    std::printf("middle has %d and throws it on ", own.code);
    throw;
  } catch (const std::logic_error& error) {
    // What `at` says differs between libraries.
    const char* what = dynamic_cast<const std::out_of_range*>(&error) ? "a range" : error.what();
    std::printf("middle throws another for %s ", what);
    throw Own(8);
  }
}

struct Member {
  Noisy first{"first"};
  std::string text = "longer than what fits in the string itself";
  Noisy second;
  Member(bool fail) : second("second") {
    if (fail) throw std::runtime_error("in a constructor");
    std::printf("made ");
  }
};

struct Guarded {
  Member member;
  Guarded() try : member(true) {
  } catch (const std::exception& error) {
    std::printf("constructor: %s ", error.what());
  }
};

int main() {
  for (int kind = 0; kind < 9; kind++) {
    std::printf("%d: ", kind);
    try {
      middle(kind);
    } catch (int number) {
      std::printf("int %d", number);
    } catch (std::string& text) {
      std::printf("string %s", text.c_str());
    } catch (Right& right) {
      std::printf("right %d of %d", right.right, dynamic_cast<Both&>(right).both);
    } catch (const char* text) {
      std::printf("text %s", text);
    } catch (const std::exception& error) {
      std::printf("exception %s", error.what());
    } catch (...) {
      std::printf("something");
    }
    std::printf("\n");
  }
  for (bool fail : {false, true}) {
    try {
      Member member(fail);
    } catch (const std::runtime_error& error) {
      std::printf("%s", error.what());
    }
    std::printf("\n");
  }
  try {
    Guarded guarded;
  } catch (const std::runtime_error& error) {
    std::printf("and again: %s\n", error.what());
  }
  try {
    try {
      throw 1;
    } catch (int one) {
      try {
        throw one + 1;
      } catch (int two) {
        std::printf("nested %d %d ", one, two);
      }
      throw;
    }
  } catch (int one) {
    std::printf("outer %d\n", one);
  }
  long long sum = 0;
  for (int i = 0; i < 1000000; i++) {
    try {
      if (i % 3 == 0) throw i;
      sum++;
    } catch (int value) {
      sum += value;
    }
  }
  std::printf("%lld\n", sum);
}
