// Strings through malloc and free, as other compilers' examples have it. (TinyGo is on no registry.)
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

__attribute__((import_module("env"), import_name("log")))
void host_log(const char *text, uint32_t length);

static char *say(const char *begin, const char *name, uint32_t length) {
    size_t size = strlen(begin);
    char *text = malloc(size + length + 1);
    if (text == NULL) abort();
    memcpy(text, begin, size);
    memcpy(text + size, name, length);
    text[size + length] = '!';
    return text;
}

__attribute__((export_name("greet")))
void greet(const char *name, uint32_t length) {
    char *text = say("wasm >> Hello, ", name, length);
    host_log(text, length + 16);
    free(text);
}

// The address in the upper 32 bits, the length in the lower; whoever calls frees it.
__attribute__((export_name("greeting")))
uint64_t greeting(const char *name, uint32_t length) {
    return (uint64_t)(uintptr_t)say("Hello, ", name, length) << 32 | (length + 8);
}
