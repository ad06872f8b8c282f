// Bytes become messages, messages are read, and messages are written.
#include "check.h"

static const char CALL[] =
    "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\",\"params\":{\"name\":\"ec\\u0068o\","
    "\"arguments\":{\"text\":\"hi\",\"n\":[1,2.5,true]},\"_meta\":{\"progressToken\":\"t\"}}}\n";
static const char RESULT[] =
    "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"one\\n\"},"
    "{\"type\":\"image\",\"data\":\"AA==\",\"mimeType\":\"image/png\"},{\"type\":\"resource\",\"resource\":{\"uri\":\"a:b\"}}],"
    "\"isError\":true,\"structuredContent\":{\"x\":1}}}\n";
static const char PROGRESS[] =
    "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":{\"progressToken\":3,\"progress\":1.5,\"total\":4,"
    "\"message\":\"half\"}}\n";
static const char FAILED[] =
    "{\"jsonrpc\":\"2.0\",\"id\":9,\"error\":{\"code\":-32601,\"message\":\"no such\",\"data\":[1]}}\n";

static void versions_and_names(void) {
  mcpe_str name;
  uint32_t number = 0;
  CHECK(mcpe_abi_version() == MCPE_ABI_VERSION && mcpe_index_version() == MCPE_INDEX_VERSION);
  CHECK(strlen(mcpe_library_version()) > 2);
  CHECK(strcmp(mcpe_status_name(MCPE_ERR_BUSY), "MCPE_ERR_BUSY") == 0 && *mcpe_status_name(77) == 0);
  OK(mcpe_method_name(MCPE_METHOD_CALL_TOOL, &name));
  CHECK(same(name, "tools/call"));
  IS(MCPE_NOTHING, mcpe_method_name(0, &name));
  OK(mcpe_method_number(T("ping"), &number));
  CHECK(number == MCPE_METHOD_PING);
  IS(MCPE_NOTHING, mcpe_method_number(T("pong"), &number));
  OK(mcpe_revision_name(MCPE_REVISION_2025_06_18, &name));
  CHECK(same(name, "2025-06-18"));
  OK(mcpe_revision_number(T("2026-07-28"), &number));
  CHECK(number == MCPE_REVISION_2026_07_28);
}

// Room is asked for, written and committed, as with read().
static void read_into(mcpe_decoder decoder, const char *text, size_t len) {
  while (len > 0) {
    uint8_t *room = NULL;
    size_t room_len = 0;
    OK(mcpe_decoder_reserve(decoder, &room, &room_len));
    size_t n = room_len < len ? room_len : len;
    memcpy(room, text, n);
    OK(mcpe_decoder_commit(decoder, n));
    text += n;
    len -= n;
  }
}

static void a_call_is_read(mcpe_message message) {
  mcpe_msg_index index;
  mcpe_item item;
  mcpe_str bytes, part;
  mcpe_call call;
  mcpe_id id, token;
  char text[16];
  size_t written = 0;
  OK(mcpe_message_verdict(message));
  OK(mcpe_message_index(message, &index));
  CHECK(index.kind == MCPE_KIND_REQUEST && index.method_id == MCPE_METHOD_CALL_TOOL && index.id_int == 7);
  CHECK(index.len == sizeof(CALL) - 2 && (index.flags & MCPE_FLAG_NAME_ESCAPED));
  OK(mcpe_message_bytes(message, &bytes));
  OK(mcpe_message_item(message, &item));
  CHECK(item.status == MCPE_OK && item.bytes == bytes.ptr && memcmp(&item.index, &index, sizeof index) == 0);
  CHECK(bytes.len == index.len && memcmp(bytes.ptr, CALL, bytes.len) == 0);
  OK(mcpe_message_part(message, MCPE_PART_METHOD, &part));
  CHECK(same(part, "\"tools/call\"") && part.ptr == bytes.ptr + index.method.offset);
  IS(MCPE_NOTHING, mcpe_message_part(message, MCPE_PART_AUX, &part));
  IS(MCPE_ERR_VALUE, mcpe_message_part(message, 99, &part));
  OK(mcpe_message_id(message, &id));
  CHECK(id.tag == MCPE_TAG_INTEGER && id.integer == 7 && same(id.token, "7"));
  OK(mcpe_message_token(message, &token));
  CHECK(token.tag == MCPE_TAG_STRING && same(token.token, "\"t\""));
  OK(mcpe_message_call(message, &call));
  CHECK(call.name_escaped && same(call.arguments, "{\"text\":\"hi\",\"n\":[1,2.5,true]}"));
  CHECK(same(call.token.token, "\"t\"") && has(call.meta, "progressToken"));
  OK(mcpe_json_unescape(call.name.ptr, call.name.len, mcpe_to_memory(text, sizeof text), &written));
  CHECK(written == 4 && memcmp(text, "echo", 4) == 0);
  mcpe_call_result result;
  IS(MCPE_NOTHING, mcpe_message_call_result(message, &result));
}

static void the_others_are_read(mcpe_message result, mcpe_message progress, mcpe_message error) {
  mcpe_call_result found;
  mcpe_block blocks[2];
  mcpe_progress far;
  mcpe_error_object why;
  size_t count = 0;
  OK(mcpe_message_call_result(result, &found));
  CHECK(found.blocks == 3 && found.is_error == 1 && same(found.structured, "{\"x\":1}"));
  OK(mcpe_message_blocks(result, 0, blocks, 2, sizeof(mcpe_block), &count));
  CHECK(count == 2 && blocks[0].kind == MCPE_BLOCK_TEXT && blocks[0].escaped && same(blocks[0].text, "one\\n"));
  CHECK(blocks[1].kind == MCPE_BLOCK_IMAGE && same(blocks[1].text, "AA==") && same(blocks[1].mime_type, "image/png"));
  OK(mcpe_message_blocks(result, 2, blocks, 2, sizeof(mcpe_block), &count));
  CHECK(count == 1 && blocks[0].kind == MCPE_BLOCK_RESOURCE && same(blocks[0].text, "{\"uri\":\"a:b\"}"));
  IS(MCPE_NOTHING, mcpe_message_blocks(result, 3, blocks, 2, sizeof(mcpe_block), &count));
  OK(mcpe_message_progress(progress, &far));
  CHECK(far.token.integer == 3 && far.progress == 1.5 && far.has_total && far.total == 4 && same(far.message, "half"));
  OK(mcpe_message_error(error, &why));
  CHECK(why.code == -32601 && same(why.message, "no such") && same(why.content, "[1]"));
  IS(MCPE_NOTHING, mcpe_message_error(result, &why));
}

static void lines_become_messages(void) {
  mcpe_decoder decoder;
  mcpe_message message, others[3];
  OK(mcpe_decoder_new(NULL, &decoder));
  read_into(decoder, CALL, sizeof(CALL) - 1);
  OK(mcpe_decoder_next(decoder, &message));
  IS(MCPE_NOTHING, mcpe_decoder_next(decoder, &others[0]));
  OK(mcpe_decoder_feed(decoder, (const uint8_t *)RESULT, sizeof(RESULT) - 1));
  OK(mcpe_decoder_feed(decoder, (const uint8_t *)PROGRESS, sizeof(PROGRESS) - 1));
  OK(mcpe_decoder_feed(decoder, (const uint8_t *)FAILED, sizeof(FAILED) - 1));
  for (int at = 0; at < 3; at++) OK(mcpe_decoder_next(decoder, &others[at]));

  mcpe_counters counters;
  OK(mcpe_decoder_counters(decoder, &counters));
  CHECK(counters.requests == 1 && counters.responses == 1 && counters.errors == 1 && counters.notifications == 1);
  // What was made from the decoder lives on.
  mcpe_message copy, detached;
  OK(mcpe_message_clone(message, &copy));
  OK(mcpe_message_detach(message, &detached));
  OK(mcpe_decoder_free(decoder));
  a_call_is_read(message);
  OK(mcpe_message_free(message));
  a_call_is_read(copy);
  a_call_is_read(detached);
  the_others_are_read(others[0], others[1], others[2]);
  OK(mcpe_message_free(copy));
  OK(mcpe_message_free(detached));
  for (int at = 0; at < 3; at++) OK(mcpe_message_free(others[at]));
}

static void a_refusal_says_why_and_where(void) {
  mcpe_decoder decoder;
  mcpe_message message;
  mcpe_error error;
  mcpe_str bytes;
  mcpe_id id;
  OK(mcpe_decoder_new(NULL, &decoder));
  OK(mcpe_decoder_feed(decoder, (const uint8_t *)"{\"jsonrpc\":\"2.0\",}\n{\"id\":5,\"method\":\"ping\"}\n", 44));
  OK(mcpe_decoder_next(decoder, &message));
  IS(MCPE_ERR_JSON, mcpe_message_verdict(message));
  CHECK(strstr(mcpe_error_message(), "MCPE_ERR_JSON") && strstr(mcpe_error_message(), "byte 17"));
  OK(mcpe_error_last(&error));
  CHECK(error.status == MCPE_ERR_JSON && error.offset == 17 && error.code == -32700);
  CHECK(same(error.fault, "json") && same(error.rule, "expected-key"));
  IS(MCPE_NOTHING, mcpe_message_bytes(message, &bytes));
  OK(mcpe_message_free(message));
  OK(mcpe_decoder_next(decoder, &message));
  IS(MCPE_ERR_MESSAGE, mcpe_message_verdict(message));
  OK(mcpe_message_id(message, &id));
  CHECK(id.integer == 5);
  OK(mcpe_message_free(message));
  // A line that is cut off is dropped.
  OK(mcpe_decoder_feed(decoder, (const uint8_t *)"{", 1));
  IS(MCPE_ERR_FRAME, mcpe_decoder_end(decoder));
  OK(mcpe_decoder_free(decoder));
  IS(MCPE_ERR_JSON, mcpe_message_parse(T("{"), &message));
  OK(mcpe_message_parse(T("{\"jsonrpc\":\"2.0\",\"method\":\"x\"}"), &message));
  OK(mcpe_message_free(message));
}

struct row {
  mcpe_item item;
  char mine[24];
};

static void a_table_is_drained(void) {
  mcpe_decoder decoder;
  struct row rows[3];
  size_t count = 0;
  mcpe_message kept, none;
  mcpe_str bytes;
  memset(rows, 'm', sizeof rows);
  OK(mcpe_decoder_new(NULL, &decoder));
  for (int at = 0; at < 2; at++) OK(mcpe_decoder_feed(decoder, (const uint8_t *)CALL, sizeof(CALL) - 1));
  OK(mcpe_decoder_feed(decoder, (const uint8_t *)"[]\n", 3));
  OK(mcpe_decoder_feed(decoder, (const uint8_t *)CALL, sizeof(CALL) - 1));
  OK(mcpe_decoder_drain(decoder, &rows[0].item, 3, sizeof(struct row), &count));
  CHECK(count == 3 && rows[0].item.status == MCPE_OK && rows[2].item.status == MCPE_ERR_MESSAGE);
  CHECK(rows[1].item.index.base == sizeof(CALL) - 1 && memcmp(rows[1].item.bytes, CALL, rows[1].item.index.len) == 0);
  for (int at = 0; at < 3; at++) CHECK(rows[at].mine[0] == 'm' && rows[at].mine[23] == 'm');
  OK(mcpe_decoder_take(decoder, 1, &kept));
  IS(MCPE_ERR_VALUE, mcpe_decoder_take(decoder, 3, &none));
  OK(mcpe_decoder_drain(decoder, &rows[0].item, 3, sizeof(struct row), &count));
  CHECK(count == 1);
  IS(MCPE_NOTHING, mcpe_decoder_drain(decoder, &rows[0].item, 3, sizeof(struct row), &count));
  IS(MCPE_ERR_VALUE, mcpe_decoder_drain(decoder, &rows[0].item, 3, sizeof(mcpe_msg_index), &count));
  OK(mcpe_decoder_free(decoder));
  OK(mcpe_message_bytes(kept, &bytes));
  CHECK(bytes.len == sizeof(CALL) - 2);
  OK(mcpe_message_free(kept));
}

struct visit {
  mcpe_decoder decoder;
  int seen;
};

static int visited(void *userdata, const mcpe_item *item) {
  struct visit *visit = userdata;
  mcpe_message message;
  IS(MCPE_ERR_BUSY, mcpe_decoder_next(visit->decoder, &message));
  IS(MCPE_ERR_BUSY, mcpe_decoder_free(visit->decoder));
  CHECK(item->status == MCPE_OK && item->index.method_id == MCPE_METHOD_CALL_TOOL);
  return ++visit->seen == 2;
}

static void items_are_visited(void) {
  struct visit visit = {{0, 0}, 0};
  size_t count = 0;
  OK(mcpe_decoder_new(NULL, &visit.decoder));
  for (int at = 0; at < 3; at++) OK(mcpe_decoder_feed(visit.decoder, (const uint8_t *)CALL, sizeof(CALL) - 1));
  OK(mcpe_decoder_visit(visit.decoder, visited, &visit, &count));
  CHECK(count == 2 && visit.seen == 2);
  OK(mcpe_decoder_visit(visit.decoder, visited, &visit, &count));
  CHECK(count == 1);
  OK(mcpe_decoder_free(visit.decoder));
}

static void events_become_messages(void) {
  static const char STREAM[] =
      "id: 5\nretry: 250\nevent: endpoint\ndata: /messages\n\n"
      "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n\n";
  mcpe_decoder_options options = {.size = sizeof options, .stream = MCPE_STREAM_EVENTS};
  mcpe_decoder decoder;
  mcpe_message message;
  mcpe_str name, content, id;
  uint64_t retry_ms = 0;
  OK(mcpe_decoder_new(&options, &decoder));
  IS(MCPE_NOTHING, mcpe_decoder_event(decoder, &name, &content));
  IS(MCPE_NOTHING, mcpe_decoder_last_event_id(decoder, &id));
  IS(MCPE_NOTHING, mcpe_decoder_retry_ms(decoder, &retry_ms));
  OK(mcpe_decoder_feed(decoder, (const uint8_t *)STREAM, sizeof(STREAM) - 1));
  IS(MCPE_EVENT, mcpe_decoder_next(decoder, &message));
  OK(mcpe_decoder_event(decoder, &name, &content));
  CHECK(same(name, "endpoint") && same(content, "/messages"));
  OK(mcpe_decoder_next(decoder, &message));
  OK(mcpe_message_free(message));
  OK(mcpe_decoder_last_event_id(decoder, &id));
  OK(mcpe_decoder_retry_ms(decoder, &retry_ms));
  CHECK(same(id, "5") && retry_ms == 250);
  OK(mcpe_decoder_end(decoder));
  OK(mcpe_decoder_free(decoder));
}

static void bodies_become_messages(void) {
  mcpe_limits limits = {.size = sizeof limits, .message_bytes = 64};
  mcpe_decoder_options options = {
      .size = sizeof options, .stream = MCPE_STREAM_BODIES, .duplicates = MCPE_DUPLICATES_RESERVED, .limits = &limits};
  mcpe_decoder decoder;
  mcpe_message message;
  OK(mcpe_decoder_new(&options, &decoder));
  OK(mcpe_decoder_feed(decoder, (const uint8_t *)"{\"jsonrpc\":\"2.0\",\n", 17));
  OK(mcpe_decoder_feed(decoder, (const uint8_t *)"\"id\":1,\"method\":\"ping\"}", 23));
  OK(mcpe_decoder_end(decoder));
  OK(mcpe_decoder_next(decoder, &message));
  OK(mcpe_message_verdict(message));
  OK(mcpe_message_free(message));
  IS(MCPE_ERR_LIMIT, mcpe_decoder_feed(decoder, (const uint8_t *)CALL, sizeof(CALL) - 1));
  OK(mcpe_decoder_free(decoder));
  options.stream = 9;
  IS(MCPE_ERR_VALUE, mcpe_decoder_new(&options, &decoder));
  limits.depth = 1000;
  options.stream = MCPE_STREAM_LINES;
  IS(MCPE_ERR_VALUE, mcpe_decoder_new(&options, &decoder));
}

static int member(void *userdata, mcpe_str key, mcpe_str value) {
  mcpe_str *seen = userdata;
  seen[0] = key;
  seen[1] = value;
  return 0;
}

static void json_is_read_and_written(void) {
  static const char JSON[] = "{\"a\":[1,-2.5e1,true,\"\\u00e9\"],\"b\":null}";
  mcpe_str value, array, seen[2];
  uint32_t kind = 0, boolean = 0;
  int64_t integer = 0;
  double number = 0;
  size_t count = 0, written = 0;
  char text[32];
  mcpe_buffer buffer;
  OK(mcpe_json_kind(T(JSON), &kind));
  CHECK(kind == MCPE_JSON_OBJECT);
  IS(MCPE_ERR_JSON, mcpe_json_kind(T("{"), &kind));
  OK(mcpe_json_member(T(JSON), T("a"), &array));
  IS(MCPE_NOTHING, mcpe_json_member(T(JSON), T("c"), &value));
  OK(mcpe_json_element(array.ptr, array.len, 0, &value));
  OK(mcpe_json_integer(value.ptr, value.len, &integer));
  OK(mcpe_json_element(array.ptr, array.len, 1, &value));
  IS(MCPE_NOTHING, mcpe_json_integer(value.ptr, value.len, &integer));
  OK(mcpe_json_number(value.ptr, value.len, &number));
  OK(mcpe_json_element(array.ptr, array.len, 2, &value));
  OK(mcpe_json_boolean(value.ptr, value.len, &boolean));
  CHECK(integer == 1 && number == -25 && boolean == 1);
  OK(mcpe_json_element(array.ptr, array.len, 3, &value));
  OK(mcpe_json_text(value.ptr, value.len, mcpe_to_memory(text, 2), &written));
  CHECK(written == 2 && memcmp(text, "\xc3\xa9", 2) == 0);
  written = 77;
  IS(MCPE_ERR_CAPACITY, mcpe_json_text(value.ptr, value.len, mcpe_to_memory(text, 1), &written));
  mcpe_error error;
  OK(mcpe_error_last(&error));
  CHECK(written == 77 && error.needed == 2);
  IS(MCPE_NOTHING, mcpe_json_element(array.ptr, array.len, 4, &value));
  OK(mcpe_json_visit(T(JSON), member, seen, &count));
  CHECK(count == 2 && same(seen[0], "b") && same(seen[1], "null"));
  IS(MCPE_ERR_JSON, mcpe_json_unescape(T("a\" , \"b"), mcpe_to_memory(text, 32), &written));
  OK(mcpe_buffer_new(MCPE_FRAMING_LINE, &buffer));
  OK(mcpe_json_escape(T("a\"\n"), mcpe_to_buffer(buffer), &written));
  CHECK(same(all_of(buffer), "\"a\\\"\\n\"") && written == 7);
  OK(mcpe_buffer_free(buffer));
}

static void messages_are_written(void) {
  mcpe_buffer buffer;
  mcpe_target to;
  mcpe_id seven = {.tag = MCPE_TAG_INTEGER, .integer = 7}, named = {.token = S("\"\\u0061\"")};
  size_t written = 0, len = 0;
  OK(mcpe_buffer_new(MCPE_FRAMING_BARE, &buffer));
  to = mcpe_to_buffer(buffer);
  OK(mcpe_encode_request(&seven, T("tools/call"), T("{\"name\":\"x\"}"), to, &written));
  CHECK(same(all_of(buffer), "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\",\"params\":{\"name\":\"x\"}}"));
  OK(mcpe_buffer_len(buffer, &len));
  CHECK(len == written);
  OK(mcpe_buffer_clear(buffer));
  OK(mcpe_encode_notification(T("x"), NULL, 0, to, &written));
  CHECK(same(all_of(buffer), "{\"jsonrpc\":\"2.0\",\"method\":\"x\"}"));
  OK(mcpe_buffer_consume(buffer, written));
  OK(mcpe_encode_response(&named, T("{}"), to, &written));
  CHECK(same(all_of(buffer), "{\"jsonrpc\":\"2.0\",\"id\":\"\\u0061\",\"result\":{}}"));
  OK(mcpe_buffer_clear(buffer));
  OK(mcpe_encode_error(NULL, -32700, T("no\n"), T("1"), to, &written));
  CHECK(same(all_of(buffer), "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32700,\"message\":\"no\\n\",\"data\":1}}"));
  OK(mcpe_buffer_clear(buffer));
  OK(mcpe_encode_text_result(&seven, T("hi"), 1, to, &written));
  CHECK(has(all_of(buffer), "\"text\":\"hi\"}],\"isError\":true"));
  OK(mcpe_buffer_clear(buffer));
  mcpe_str two[2] = {S("{\"a\":1}"), S("{}")};
  OK(mcpe_encode_batch(two, 2, to, &written));
  OK(mcpe_buffer_append(buffer, (const uint8_t *)"!", 1));
  CHECK(same(all_of(buffer), "[{\"a\":1},{}]!"));
  OK(mcpe_buffer_clear(buffer));
  mcpe_sse event = {.size = sizeof event, .name = S("message"), .id = S("4"), .retry_ms = 9, .content = S("{}")};
  OK(mcpe_encode_event(&event, to, &written));
  OK(mcpe_encode_comment(to, &written));
  CHECK(has(all_of(buffer), "id: 4\n") && has(all_of(buffer), "data: {}\n\n:"));
  event.id = S("4\n");
  IS(MCPE_ERR_MISUSE, mcpe_encode_event(&event, to, &written));
  // What is spliced has to be sound, and of the type that its place allows.
  IS(MCPE_ERR_JSON, mcpe_encode_response(&seven, T("{"), to, &written));
  IS(MCPE_ERR_VALUE, mcpe_encode_response(&seven, T("[]"), to, &written));
  IS(MCPE_ERR_UTF8, mcpe_encode_notification(T("\xff"), NULL, 0, to, &written));
  named.token = S("1.5");
  IS(MCPE_ERR_VALUE, mcpe_encode_response(&named, T("{}"), to, &written));
  OK(mcpe_buffer_free(buffer));
}

int main(void) {
  mcpe_error error;
  IS(MCPE_NOTHING, mcpe_error_last(&error));
  CHECK(*mcpe_error_message() == 0);
  versions_and_names();
  lines_become_messages();
  a_refusal_says_why_and_where();
  a_table_is_drained();
  items_are_visited();
  events_become_messages();
  bodies_become_messages();
  json_is_read_and_written();
  messages_are_written();
  NONE_LEFT(decoder);
  NONE_LEFT(message);
  NONE_LEFT(buffer);
  return 0;
}
