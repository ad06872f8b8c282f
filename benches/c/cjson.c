// cJSON: a tree of each line, which is freed.
#include <string.h>

#include <cjson/cJSON.h>

#include "contender.h"

static uint64_t touch(const cJSON *root) {
  int64_t id = 0;
  size_t method_len = 0, payload = 0;
  const cJSON *member = NULL;
  cJSON_ArrayForEach(member, root) {
    const char *key = member->string;
    if (!strcmp(key, "id")) {
      if (cJSON_IsNumber(member)) id = (int64_t)member->valuedouble;
    } else if (!strcmp(key, "method")) {
      if (cJSON_IsString(member)) method_len = strlen(member->valuestring);
    } else if (!strcmp(key, "params") || !strcmp(key, "result") || !strcmp(key, "error")) {
      if (cJSON_IsObject(member)) payload += (size_t)cJSON_GetArraySize(member);
    }
  }
  return touched(id, method_len, payload);
}

uint64_t contender_pass(const char *wire, size_t len) {
  uint64_t sum = 0;
  for (const char *end, *last = wire + len; wire < last; wire = end + 1) {
    end = memchr(wire, '\n', (size_t)(last - wire));
    cJSON *root = cJSON_ParseWithLength(wire, (size_t)(end - wire));
    must(root != NULL, "cJSON refused a line");
    sum += touch(root);
    cJSON_Delete(root);
  }
  return sum;
}
