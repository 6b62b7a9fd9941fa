/* libsodium's randombytes.c and core.c, replaced. Entropy is handed to core/ from outside, so no function of libsodium
 * may draw its own: one that does, without an implementation set by randombytes_set_implementation, ends the program. */
#include <stdlib.h>

#include "core.h"
#include "randombytes.h"

static randombytes_implementation *implementation;

int sodium_init(void) { return 0; }

void sodium_misuse(void) { abort(); }

int randombytes_set_implementation(randombytes_implementation *impl) {
  implementation = impl;
  return 0;
}

const char *randombytes_implementation_name(void) {
  return implementation == NULL ? "none" : implementation->implementation_name();
}

void randombytes_buf(void *const buf, const size_t size) {
  if (implementation == NULL) abort();
  implementation->buf(buf, size);
}

void randombytes(unsigned char *const buf, const unsigned long long size) {
  randombytes_buf(buf, (size_t)size);
}

uint32_t randombytes_random(void) {
  uint32_t value;
  randombytes_buf(&value, sizeof value);
  return value;
}

uint32_t randombytes_uniform(const uint32_t upper_bound) {
  uint32_t value;
  const uint32_t low = upper_bound < 2 ? 0 : (uint32_t)(-upper_bound) % upper_bound; /* 2^32 mod upper_bound */
  if (upper_bound < 2) return 0;
  do {
    value = randombytes_random();
  } while (value < low);
  return value % upper_bound;
}

void randombytes_stir(void) {}

int randombytes_close(void) { return 0; }
