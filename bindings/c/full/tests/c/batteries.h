// What the programs for the batteries share.
#ifndef BATTERIES_H
#define BATTERIES_H

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "check.h"

// What was appended last, with a zero behind it.
static char said[1 << 20];
static size_t said_len;
#define SAID mcpe_to_memory(said, sizeof said - 1), &said_len

// Whether what was appended last has this in it.
static inline int says(const char *part) {
  said[said_len] = 0;
  return strstr(said, part) != NULL;
}

// Whether the last failure of the thread is the fault of that side.
static inline int fault_is(const char *side) {
  mcpe_error error;
  OK(mcpe_error_last(&error));
  return same(error.fault, side);
}

// A gate that is opened once for each that passes.
struct gate {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  int open;
};

#define GATE {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0}

static inline void let_through(struct gate *gate) {
  pthread_mutex_lock(&gate->mutex);
  gate->open++;
  pthread_cond_broadcast(&gate->changed);
  pthread_mutex_unlock(&gate->mutex);
}

static inline void pass(struct gate *gate) {
  pthread_mutex_lock(&gate->mutex);
  while (gate->open == 0) pthread_cond_wait(&gate->changed, &gate->mutex);
  gate->open--;
  pthread_mutex_unlock(&gate->mutex);
}

// Begins, and goes on until nobody wants the answer any more.
static inline void until_unwanted(mcpe_responder responder, struct gate *begun, struct gate *stopped) {
  uint32_t cancelled = 0;
  let_through(begun);
  while (!cancelled) {
    OK(mcpe_responder_is_cancelled(responder, &cancelled));
    nanosleep(&(struct timespec){0, 1000000}, NULL);
  }
  OK(mcpe_responder_free(responder));
  let_through(stopped);
}

#endif
