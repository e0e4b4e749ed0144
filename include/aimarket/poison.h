/* poison: string functions that do not compile here; included first everywhere by the Makefile. */
#ifndef AIMARKET_POISON_H
#define AIMARKET_POISON_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang sees the C library's fortified forms of these as macros */
#undef sprintf
#undef vsprintf
/* some of them are macros under clang's headers, and poisoning a macro warns */
#undef strcpy
#undef strcat
#undef strncpy
#undef strncat
#undef sprintf
#undef vsprintf
#undef strtok

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets strtok atoi atol atof strtod

#endif
