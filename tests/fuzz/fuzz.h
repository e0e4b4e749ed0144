/*
 * fuzz: what a fuzz target is. A target is one function over bytes, without main: libFuzzer brings one (clang
 * -fsanitize=fuzzer), or tests/fuzz/driver.c does, with the same arguments, where there is only GCC.
 */
#ifndef AIMARKET_TESTS_FUZZ_H
#define AIMARKET_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Must end for any input, without a finding of the sanitizers and without abort. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold; aborts with the place when it does not, also in optimised builds. */
#define FUZZ_CHECK(condition)                                                                                                              \
	do {                                                                                                                               \
		if (!(condition)) {                                                                                                        \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);                                     \
			abort();                                                                                                           \
		}                                                                                                                          \
	} while (0)

#endif
