// yyjson: a tree of each line in one pool of memory that is used again.
#include <string.h>

#include <yyjson.h>

#include "contender.h"

static uint64_t touch(yyjson_val *root) {
  int64_t id = 0;
  size_t method_len = 0, payload = 0, at, count;
  yyjson_val *key, *member;
  yyjson_obj_foreach(root, at, count, key, member) {
    if (yyjson_equals_str(key, "id")) {
      if (yyjson_is_int(member)) id = yyjson_get_sint(member);
    } else if (yyjson_equals_str(key, "method")) {
      method_len = yyjson_get_len(member);
    } else if (yyjson_equals_str(key, "params") || yyjson_equals_str(key, "result") || yyjson_equals_str(key, "error")) {
      payload += yyjson_obj_size(member);
    }
  }
  return touched(id, method_len, payload);
}

uint64_t contender_pass(const char *wire, size_t len) {
  static void *memory;
  static yyjson_alc pool;
  if (memory == NULL) {
    size_t size = yyjson_read_max_memory_usage(4 << 20, 0);
    must((memory = malloc(size)) != NULL && yyjson_alc_pool_init(&pool, memory, size), "no memory");
  }
  uint64_t sum = 0;
  for (const char *end, *last = wire + len; wire < last; wire = end + 1) {
    end = memchr(wire, '\n', (size_t)(last - wire));
    yyjson_doc *document = yyjson_read_opts((char *)(uintptr_t)wire, (size_t)(end - wire), 0, &pool, NULL);
    must(document != NULL, "yyjson refused a line");
    sum += touch(yyjson_doc_get_root(document));
    yyjson_doc_free(document);
  }
  return sum;
}
