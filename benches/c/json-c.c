// json-c: a tree of each line, which is freed; one tokener that is used again.
#include <string.h>

#include <json-c/json.h>

#include "contender.h"

static uint64_t touch(json_object *root) {
  int64_t id = 0;
  size_t method_len = 0, payload = 0;
  json_object_object_foreach(root, key, member) {
    if (!strcmp(key, "id")) {
      if (json_object_is_type(member, json_type_int)) id = json_object_get_int64(member);
    } else if (!strcmp(key, "method")) {
      if (json_object_is_type(member, json_type_string)) method_len = (size_t)json_object_get_string_len(member);
    } else if (!strcmp(key, "params") || !strcmp(key, "result") || !strcmp(key, "error")) {
      if (json_object_is_type(member, json_type_object)) payload += (size_t)json_object_object_length(member);
    }
  }
  return touched(id, method_len, payload);
}

uint64_t contender_pass(const char *wire, size_t len) {
  static json_tokener *tokener;
  if (tokener == NULL) must((tokener = json_tokener_new_ex(128)) != NULL, "no tokener");
  uint64_t sum = 0;
  for (const char *end, *last = wire + len; wire < last; wire = end + 1) {
    end = memchr(wire, '\n', (size_t)(last - wire));
    json_tokener_reset(tokener);
    json_object *root = json_tokener_parse_ex(tokener, wire, (int)(end - wire));
    must(root != NULL, "json-c refused a line");
    sum += touch(root);
    json_object_put(root);
  }
  return sum;
}
