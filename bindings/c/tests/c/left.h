// Whether handles are left when a program has freed all of them, in C and in C++.
#ifndef LEFT_H
#define LEFT_H

#include <stdio.h>
#include <stdlib.h>

#include "mcp_engine.h"

#ifdef UNDER_VALGRIND
// There it takes too long.
#define NONE_LEFT(kind) (void)0
#else
// None of a kind: a handle that is made up would free what was forgotten. No program has as many as these.
#define NONE_LEFT(kind)                                                                  \
  do {                                                                                   \
    struct mcpe_##kind made_up;                                                          \
    for (made_up.slot = 0; made_up.slot < 64; made_up.slot++)                            \
      for (made_up.generation = 1; made_up.generation < 512; made_up.generation++)       \
        if (mcpe_##kind##_free(made_up) != MCPE_ERR_HANDLE) {                            \
          fprintf(stderr, "%s:%d: a " #kind " is left\n", __FILE__, __LINE__);           \
          exit(1);                                                                       \
        }                                                                                \
  } while (0)
#endif

#endif
