/**
 * @file mcp_engine.h
 * The engine for the Model Context Protocol, without any I/O.
 *
 * Bytes of a transport go into a decoder, messages come out of it and go into a connection, events come out of that for the application, and bytes for
 * the transport. The library opens no descriptor, starts no thread and asks no clock.
 *
 * docs/C_API.md says what holds for every function; in short:
 * - A function returns 0 for success, a positive number when there is nothing to give out, and a negative one for a failure, of which
 *   mcpe_error_message() tells more. Outputs come last, must not be NULL, and are left alone unless the function succeeds.
 * - Every handle that a function gives out is the caller's to free. One that was freed gets MCPE_ERR_HANDLE.
 * - Every function may be called on any thread. One that *changes* what a handle names needs it alone, any number may *read* it at a time; what cannot be
 *   had at once gets MCPE_ERR_BUSY.
 * - Texts are UTF-8 with a length. Structs of options begin with their size, and zero is the default of every other member.
 *
 * With MCPE_FULL defined it also declares what libmcp_engine_full has beside that: ready clients and servers, and a pool of workers.
 *
 * Made from bindings/c by cbindgen; do not edit.
 */

#ifndef MCP_ENGINE_H
#define MCP_ENGINE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define MCPE_ALIGNAS(n) alignas(n)
#define MCPE_ASSERT(what, why) static_assert(what, why)
#else
#define MCPE_ALIGNAS(n) _Alignas(n)
#define MCPE_ASSERT(what, why) _Static_assert(what, why)
#endif

/**
 * The version of this header. Functions, members at the end of options, and numbers are only added.
 */
#define MCPE_ABI_VERSION 3

/**
 * The version of the layout of `mcpe_msg_index`.
 */
#define MCPE_INDEX_VERSION 1

/**
 * A newline is put behind each message: stdio and sockets.
 */
#define MCPE_FRAMING_LINE 0

/**
 * Nothing is put behind a message: the transport has frames of its own.
 */
#define MCPE_FRAMING_BARE 1

/**
 * Calls tools and reads resources.
 */
#define MCPE_ROLE_CLIENT 1

/**
 * Offers them.
 */
#define MCPE_ROLE_SERVER 2

/**
 * One stream in each direction: stdio, sockets, WebSocket.
 */
#define MCPE_TOPOLOGY_DUPLEX 0

/**
 * A stream for each request, and one for what is not part of any: HTTP.
 */
#define MCPE_TOPOLOGY_HTTP 1

/**
 * Requests with methods that MCP does not have are answered with an error.
 */
#define MCPE_UNKNOWN_METHODS_REFUSE 0

/**
 * They go to the application, as extensions and proxies need it.
 */
#define MCPE_UNKNOWN_METHODS_DELIVER 1

/**
 * Progress gives a request more time, up to the total.
 */
#define MCPE_PROGRESS_EXTENDS 0

/**
 * It does not.
 */
#define MCPE_PROGRESS_CHANGES_NOTHING 1

/**
 * No limit, where 0 is a default.
 */
#define MCPE_FOREVER 18446744073709551615ull

/**
 * The only stream of a duplex transport.
 */
#define MCPE_STREAM_MAIN 0

/**
 * A stream for one message of a client that is no request: a POST of its own.
 */
#define MCPE_STREAM_OWN 9223372036854775808ull

/**
 * The stream goes on.
 */
#define MCPE_FIN_OPEN 0

/**
 * It ends here: the reply of an HTTP request is complete.
 */
#define MCPE_FIN_END 1

/**
 * It is given up, which cancels what it was for.
 */
#define MCPE_FIN_ABORT 2

/**
 * One that this header does not know.
 */
#define MCPE_EVENT_OTHER 0

/**
 * The handshake is finished: requests can be made.
 */
#define MCPE_EVENT_READY 1

/**
 * The peer asks something: it wants exactly one `mcpe_connection_respond`, also when it is cancelled.
 */
#define MCPE_EVENT_REQUEST 2

/**
 * The peer says something.
 */
#define MCPE_EVENT_NOTIFICATION 3

/**
 * The answer to a request of ours: a result or an error.
 */
#define MCPE_EVENT_RESPONSE 4

/**
 * The server needs input before it can answer: gather it and `mcpe_connection_retry` (MCP 2026-07-28). The request is finished.
 */
#define MCPE_EVENT_INPUT_REQUIRED 5

/**
 * The newest progress of a request of ours.
 */
#define MCPE_EVENT_PROGRESS 6

/**
 * A request of ours has no answer and will have none.
 */
#define MCPE_EVENT_FAILED 7

/**
 * The peer does not want the answer to its request any more. Stop, and respond: nothing will be sent.
 */
#define MCPE_EVENT_CANCELLED 8

/**
 * Our subscription is open; the message says what the server agreed to.
 */
#define MCPE_EVENT_LISTENING 9

/**
 * Our subscription has ended.
 */
#define MCPE_EVENT_LISTENING_ENDED 10

/**
 * The client wants to be told about something: watch it.
 */
#define MCPE_EVENT_SUBSCRIBED 11

/**
 * The client does not want that any more.
 */
#define MCPE_EVENT_UNSUBSCRIBED 12

/**
 * The connection is over. Nothing comes after it.
 */
#define MCPE_EVENT_CLOSED 13

/**
 * A request of ours took longer than it may. The peer was told.
 */
#define MCPE_REASON_TIMED_OUT 1

/**
 * The peer is gone, or the stream that it was on has ended.
 */
#define MCPE_REASON_STREAM_CLOSED 2

/**
 * What came as its answer is no valid one: `status` says why.
 */
#define MCPE_REASON_INVALID 3

/**
 * The server has ended the subscription; the message says so.
 */
#define MCPE_REASON_SERVER 4

/**
 * The application closed the connection.
 */
#define MCPE_REASON_LOCAL 5

/**
 * The peer is gone.
 */
#define MCPE_REASON_PEER 6

/**
 * The two sides have nothing in common.
 */
#define MCPE_REASON_INCOMPATIBLE 7

/**
 * The handshake was not answered in time.
 */
#define MCPE_REASON_HANDSHAKE_TIMEOUT 8

/**
 * The handshake was answered with an error, or not as MCP asks.
 */
#define MCPE_REASON_HANDSHAKE_REFUSED 9

/**
 * One that this header does not know.
 */
#define MCPE_REASON_OTHER 10

/**
 * `debug`
 */
#define MCPE_LEVEL_DEBUG 1

/**
 * `info`
 */
#define MCPE_LEVEL_INFO 2

/**
 * `notice`
 */
#define MCPE_LEVEL_NOTICE 3

/**
 * `warning`
 */
#define MCPE_LEVEL_WARNING 4

/**
 * `error`
 */
#define MCPE_LEVEL_ERROR 5

/**
 * `critical`
 */
#define MCPE_LEVEL_CRITICAL 6

/**
 * `alert`
 */
#define MCPE_LEVEL_ALERT 7

/**
 * `emergency`
 */
#define MCPE_LEVEL_EMERGENCY 8

/**
 * The list of tools.
 */
#define MCPE_CHANGE_TOOLS 1

/**
 * The list of prompts.
 */
#define MCPE_CHANGE_PROMPTS 2

/**
 * The list of resources.
 */
#define MCPE_CHANGE_RESOURCES 3

/**
 * One resource.
 */
#define MCPE_CHANGE_RESOURCE 4

/**
 * One task (the extension `io.modelcontextprotocol/tasks`).
 */
#define MCPE_CHANGE_TASK 5

/**
 * A result: an object. What its revision asks for in every result is added where it lacks.
 */
#define MCPE_REPLY_RESULT 1

/**
 * The result of a tool whose content is one text.
 */
#define MCPE_REPLY_TEXT 2

/**
 * The same of a tool that has failed.
 */
#define MCPE_REPLY_TEXT_ERROR 3

/**
 * An error.
 */
#define MCPE_REPLY_ERROR 4

/**
 * The result or the error of a message, as a proxy passes it on; a large one is shared and not copied.
 */
#define MCPE_REPLY_RELAY 5

/**
 * The client would have to declare capabilities for it (MCP 2026-07-28).
 */
#define MCPE_REPLY_CAPABILITY_REQUIRED 6

/**
 * Input is needed first (MCP 2026-07-28).
 */
#define MCPE_REPLY_INPUT_REQUIRED 7

/**
 * It will be sent.
 */
#define MCPE_DELIVERY_QUEUED 1

/**
 * The peer does not want it, and it was dropped.
 */
#define MCPE_DELIVERY_DROPPED 2

/**
 * `initialize` first, then a session: up to MCP 2025-11-25.
 */
#define MCPE_ERA_LEGACY 1

/**
 * No handshake, every request carries its context: MCP 2026-07-28.
 */
#define MCPE_ERA_MODERN 2

/**
 * What the peer has declared: an object.
 */
#define MCPE_PEER_CAPABILITIES 1

/**
 * The name and version that it gave: an object.
 */
#define MCPE_PEER_IMPLEMENTATION 2

/**
 * How a server says that it wants to be used: a text.
 */
#define MCPE_PEER_INSTRUCTIONS 3

/**
 * Newline-delimited: stdio and sockets.
 */
#define MCPE_STREAM_LINES 0

/**
 * Server-sent events: the replies of HTTP.
 */
#define MCPE_STREAM_EVENTS 1

/**
 * Whole bodies, one behind the other: each ends with `mcpe_decoder_end`.
 */
#define MCPE_STREAM_BODIES 2

/**
 * A key must not appear twice in any object.
 */
#define MCPE_DUPLICATES_DEEP 0

/**
 * Only the keys that the protocol reads must not appear twice.
 */
#define MCPE_DUPLICATES_RESERVED 1

/**
 * One that this header does not know.
 */
#define MCPE_ACCEPTED_OTHER 0

/**
 * A request for the application.
 */
#define MCPE_ACCEPTED_EXCHANGE 1

/**
 * A request to be told about changes. Its stream stays open: `mcpe_listening_acknowledge` comes first.
 */
#define MCPE_ACCEPTED_LISTENING 2

/**
 * A notification, which needs no answer.
 */
#define MCPE_ACCEPTED_NOTIFICATION 3

/**
 * A request that was answered or refused here: the answer was appended.
 */
#define MCPE_ACCEPTED_ANSWERED 4

/**
 * Something that a client must not send.
 */
#define MCPE_ACCEPTED_REFUSED 5

/**
 * It has a method and an id, and wants an answer.
 */
#define MCPE_KIND_REQUEST 1

/**
 * It has a method and no id.
 */
#define MCPE_KIND_NOTIFICATION 2

/**
 * It has a result.
 */
#define MCPE_KIND_RESPONSE 3

/**
 * It has an error.
 */
#define MCPE_KIND_ERROR 4

/**
 * Some string has a character above U+007F.
 */
#define MCPE_FLAG_NON_ASCII 1

/**
 * Some string has an escape.
 */
#define MCPE_FLAG_ESCAPES 2

/**
 * `result.isError` is true.
 */
#define MCPE_FLAG_IS_ERROR 4

/**
 * The method is spelled with escapes.
 */
#define MCPE_FLAG_METHOD_ESCAPED 8

/**
 * The string at `name` is spelled with escapes.
 */
#define MCPE_FLAG_NAME_ESCAPED 16

/**
 * The message stood in a batch.
 */
#define MCPE_FLAG_BATCH 32

/**
 * The message was the last of its batch.
 */
#define MCPE_FLAG_BATCH_LAST 64

/**
 * The text of the first content block is spelled with escapes.
 */
#define MCPE_FLAG_BLOCK_ESCAPED 128

/**
 * `null`
 */
#define MCPE_JSON_NULL 0

/**
 * `true` or `false`
 */
#define MCPE_JSON_BOOLEAN 1

/**
 * A number.
 */
#define MCPE_JSON_NUMBER 2

/**
 * A string.
 */
#define MCPE_JSON_STRING 3

/**
 * An array.
 */
#define MCPE_JSON_ARRAY 4

/**
 * An object.
 */
#define MCPE_JSON_OBJECT 5

/**
 * The value of `params`, `result` or `error`.
 */
#define MCPE_PART_PAYLOAD 0

/**
 * The id.
 */
#define MCPE_PART_ID 1

/**
 * The method.
 */
#define MCPE_PART_METHOD 2

/**
 * The value of `_meta` in the payload.
 */
#define MCPE_PART_META 3

/**
 * `params.name`, or `error.message`, or `mimeType` of the first content block.
 */
#define MCPE_PART_NAME 4

/**
 * `params.arguments`, `result.content`, or `error.data`.
 */
#define MCPE_PART_ARGS 5

/**
 * `params.uri`, or `result.structuredContent`.
 */
#define MCPE_PART_AUX 6

/**
 * The progress token, the id that a cancellation names, or the error code.
 */
#define MCPE_PART_TOKEN 7

/**
 * `resultType` of a result, or the `protocolVersion` in the `_meta` of a request.
 */
#define MCPE_PART_TAG 8

/**
 * `clientCapabilities` or `subscriptionId` in `_meta`.
 */
#define MCPE_PART_CONTEXT 9

/**
 * `text` or `data` of the first content block.
 */
#define MCPE_PART_BLOCK 10

/**
 * `initialize`
 */
#define MCPE_METHOD_INITIALIZE 1

/**
 * `ping`
 */
#define MCPE_METHOD_PING 2

/**
 * `server/discover`
 */
#define MCPE_METHOD_DISCOVER 3

/**
 * `tools/list`
 */
#define MCPE_METHOD_LIST_TOOLS 4

/**
 * `tools/call`
 */
#define MCPE_METHOD_CALL_TOOL 5

/**
 * `prompts/list`
 */
#define MCPE_METHOD_LIST_PROMPTS 6

/**
 * `prompts/get`
 */
#define MCPE_METHOD_GET_PROMPT 7

/**
 * `resources/list`
 */
#define MCPE_METHOD_LIST_RESOURCES 8

/**
 * `resources/templates/list`
 */
#define MCPE_METHOD_LIST_RESOURCE_TEMPLATES 9

/**
 * `resources/read`
 */
#define MCPE_METHOD_READ_RESOURCE 10

/**
 * `resources/subscribe`
 */
#define MCPE_METHOD_SUBSCRIBE 11

/**
 * `resources/unsubscribe`
 */
#define MCPE_METHOD_UNSUBSCRIBE 12

/**
 * `subscriptions/listen`
 */
#define MCPE_METHOD_LISTEN 13

/**
 * `completion/complete`
 */
#define MCPE_METHOD_COMPLETE 14

/**
 * `logging/setLevel`
 */
#define MCPE_METHOD_SET_LEVEL 15

/**
 * `sampling/createMessage`
 */
#define MCPE_METHOD_CREATE_MESSAGE 16

/**
 * `roots/list`
 */
#define MCPE_METHOD_LIST_ROOTS 17

/**
 * `elicitation/create`
 */
#define MCPE_METHOD_ELICIT 18

/**
 * `tasks/get`
 */
#define MCPE_METHOD_GET_TASK 19

/**
 * `tasks/update`
 */
#define MCPE_METHOD_UPDATE_TASK 20

/**
 * `tasks/cancel`
 */
#define MCPE_METHOD_CANCEL_TASK 21

/**
 * `tasks/result`
 */
#define MCPE_METHOD_TASK_RESULT 22

/**
 * `tasks/list`
 */
#define MCPE_METHOD_LIST_TASKS 23

/**
 * `notifications/initialized`
 */
#define MCPE_METHOD_INITIALIZED 24

/**
 * `notifications/cancelled`
 */
#define MCPE_METHOD_CANCELLED 25

/**
 * `notifications/progress`
 */
#define MCPE_METHOD_PROGRESS 26

/**
 * `notifications/message`
 */
#define MCPE_METHOD_LOGGING_MESSAGE 27

/**
 * `notifications/tools/list_changed`
 */
#define MCPE_METHOD_TOOL_LIST_CHANGED 28

/**
 * `notifications/prompts/list_changed`
 */
#define MCPE_METHOD_PROMPT_LIST_CHANGED 29

/**
 * `notifications/resources/list_changed`
 */
#define MCPE_METHOD_RESOURCE_LIST_CHANGED 30

/**
 * `notifications/resources/updated`
 */
#define MCPE_METHOD_RESOURCE_UPDATED 31

/**
 * `notifications/roots/list_changed`
 */
#define MCPE_METHOD_ROOTS_LIST_CHANGED 32

/**
 * `notifications/elicitation/complete`
 */
#define MCPE_METHOD_ELICITATION_COMPLETE 33

/**
 * `notifications/tasks/status`
 */
#define MCPE_METHOD_TASK_STATUS 34

/**
 * `notifications/subscriptions/acknowledged`
 */
#define MCPE_METHOD_SUBSCRIPTIONS_ACKNOWLEDGED 35

/**
 * `notifications/tasks`
 */
#define MCPE_METHOD_TASK_NOTIFICATION 36

/**
 * MCP 2024-11-05
 */
#define MCPE_REVISION_2024_11_05 1

/**
 * MCP 2025-03-26
 */
#define MCPE_REVISION_2025_03_26 2

/**
 * MCP 2025-06-18
 */
#define MCPE_REVISION_2025_06_18 3

/**
 * MCP 2025-11-25
 */
#define MCPE_REVISION_2025_11_25 4

/**
 * MCP 2026-07-28
 */
#define MCPE_REVISION_2026_07_28 5

/**
 * The client has roots.
 */
#define MCPE_CAPABILITY_ROOTS 1

/**
 * The client tells when its roots change.
 */
#define MCPE_CAPABILITY_ROOTS_LIST_CHANGED 2

/**
 * The client can sample from a model.
 */
#define MCPE_CAPABILITY_SAMPLING 4

/**
 * The client can sample with tools.
 */
#define MCPE_CAPABILITY_SAMPLING_TOOLS 8

/**
 * The client can add context to what is sampled.
 */
#define MCPE_CAPABILITY_SAMPLING_CONTEXT 16

/**
 * The client can ask its user to fill in a form.
 */
#define MCPE_CAPABILITY_ELICITATION_FORM 32

/**
 * The client can send its user to a URL.
 */
#define MCPE_CAPABILITY_ELICITATION_URL 64

/**
 * The server has tools.
 */
#define MCPE_CAPABILITY_TOOLS 128

/**
 * The server tells when its tools change.
 */
#define MCPE_CAPABILITY_TOOLS_LIST_CHANGED 256

/**
 * The server has prompts.
 */
#define MCPE_CAPABILITY_PROMPTS 512

/**
 * The server tells when its prompts change.
 */
#define MCPE_CAPABILITY_PROMPTS_LIST_CHANGED 1024

/**
 * The server has resources.
 */
#define MCPE_CAPABILITY_RESOURCES 2048

/**
 * The server tells when its resources change.
 */
#define MCPE_CAPABILITY_RESOURCES_LIST_CHANGED 4096

/**
 * The server tells when one resource changes.
 */
#define MCPE_CAPABILITY_RESOURCES_SUBSCRIBE 8192

/**
 * The server sends log messages.
 */
#define MCPE_CAPABILITY_LOGGING 16384

/**
 * The server completes arguments.
 */
#define MCPE_CAPABILITY_COMPLETIONS 32768

/**
 * The side runs tasks (MCP 2025-11-25).
 */
#define MCPE_CAPABILITY_TASKS 65536

/**
 * The side lists its tasks.
 */
#define MCPE_CAPABILITY_TASKS_LIST 131072

/**
 * The side cancels tasks.
 */
#define MCPE_CAPABILITY_TASKS_CANCEL 262144

/**
 * The extension `io.modelcontextprotocol/tasks`.
 */
#define MCPE_CAPABILITY_TASKS_EXTENSION 524288

/**
 * The server runs calls of tools as tasks (MCP 2025-11-25).
 */
#define MCPE_CAPABILITY_TASKS_TOOL_CALLS 1048576

/**
 * The client samples as a task (MCP 2025-11-25).
 */
#define MCPE_CAPABILITY_TASKS_SAMPLING 2097152

/**
 * The client asks its user as a task (MCP 2025-11-25).
 */
#define MCPE_CAPABILITY_TASKS_ELICITATION 4194304

/**
 * What was handed out should stop. It keeps its permit until it is completed.
 */
#define MCPE_TASK_EVENT_STOP 1

/**
 * A task or a scope has its outcome.
 */
#define MCPE_TASK_EVENT_ENDED 2

/**
 * It was completed with success.
 */
#define MCPE_OUTCOME_SUCCEEDED 1

/**
 * Its last attempt has failed.
 */
#define MCPE_OUTCOME_FAILED 2

/**
 * It, or what it is a child of, was cancelled.
 */
#define MCPE_OUTCOME_CANCELLED 3

/**
 * Its deadline came first, or the time for its last attempt.
 */
#define MCPE_OUTCOME_TIMED_OUT 4

/**
 * What it waits for has not ended with success.
 */
#define MCPE_OUTCOME_SKIPPED 5

/**
 * It went well.
 */
#define MCPE_COMPLETION_SUCCEEDED 1

/**
 * It did not; the policy of the task says whether there is another attempt.
 */
#define MCPE_COMPLETION_FAILED 2

/**
 * The driver gave up: there is no other attempt.
 */
#define MCPE_COMPLETION_ABANDONED 3

/**
 * The task has ended.
 */
#define MCPE_SETTLED_ENDED 1

/**
 * There is another attempt.
 */
#define MCPE_SETTLED_RETRIES 2

/**
 * The outcome was decided before.
 */
#define MCPE_SETTLED_LATE 3

/**
 * It waits for other tasks.
 */
#define MCPE_STATE_BLOCKED 0

/**
 * It would be queued, but is paused.
 */
#define MCPE_STATE_HELD 1

/**
 * It waits for its turn.
 */
#define MCPE_STATE_QUEUED 2

/**
 * It waits for its next attempt.
 */
#define MCPE_STATE_WAITING 3

/**
 * It was handed out.
 */
#define MCPE_STATE_RUNNING 4

/**
 * It was handed out and is asked to stop.
 */
#define MCPE_STATE_STOPPING 5

/**
 * A scope that takes children.
 */
#define MCPE_STATE_OPEN 6

/**
 * A scope that waits for its last child.
 */
#define MCPE_STATE_CLOSING 7

/**
 * It has its outcome.
 */
#define MCPE_STATE_ENDED 8

/**
 * All of what it waits for has to end with success; else it is skipped.
 */
#define MCPE_NEEDS_SUCCESS 0

/**
 * It has to end in any way.
 */
#define MCPE_NEEDS_END 1

/**
 * As usual.
 */
#define MCPE_PRIORITY_NORMAL 0

/**
 * After the others.
 */
#define MCPE_PRIORITY_LOW 1

/**
 * Before the others.
 */
#define MCPE_PRIORITY_HIGH 2

/**
 * Before all.
 */
#define MCPE_PRIORITY_URGENT 3

/**
 * There is no id.
 */
#define MCPE_TAG_ABSENT 0

/**
 * The literal `null`.
 */
#define MCPE_TAG_NULL 1

/**
 * An integer that fits in an `int64_t`.
 */
#define MCPE_TAG_INTEGER 2

/**
 * A string without escapes.
 */
#define MCPE_TAG_STRING 3

/**
 * A string with escapes.
 */
#define MCPE_TAG_ESCAPED 4

/**
 * A number that is no `int64_t`.
 */
#define MCPE_TAG_NUMBER 5

/**
 * A value of a type that the place does not allow.
 */
#define MCPE_TAG_OTHER 6

/**
 * A block of another type, or one that lacks what its type needs.
 */
#define MCPE_BLOCK_OTHER 0

/**
 * `text`
 */
#define MCPE_BLOCK_TEXT 1

/**
 * `image`
 */
#define MCPE_BLOCK_IMAGE 2

/**
 * `audio`
 */
#define MCPE_BLOCK_AUDIO 3

/**
 * `resource_link`
 */
#define MCPE_BLOCK_RESOURCE_LINK 4

/**
 * `resource`
 */
#define MCPE_BLOCK_RESOURCE 5

/**
 * What became of a call: 0 is success, positive numbers are no failures, negative numbers are failures. A number keeps its meaning
 * forever and is never used again.
 */
typedef int32_t mcpe_status;

/**
 * A buffer of bytes that are going to be written.
 */
typedef struct mcpe_buffer {
  /**
   * Its place.
   */
  uint32_t slot;
  /**
   * What tells it from others in the same place.
   */
  uint32_t generation;
} mcpe_buffer;

/**
 * A text that is not its own: UTF-8, without a zero at the end. `NULL` and 0 is none.
 */
typedef struct mcpe_str {
  /**
   * Its first byte.
   */
  const char *ptr;
  /**
   * How many bytes.
   */
  size_t len;
} mcpe_str;

/**
 * Bounds of a cache. Zero in a member is its default.
 */
typedef struct mcpe_cache_limits {
  /**
   * `sizeof(mcpe_cache_limits)`.
   */
  size_t size;
  /**
   * Most results. The one used longest ago makes room. Default 1,024.
   */
  uint32_t entries;
  /**
   * Most bytes of results. Default 32 MiB.
   */
  uint32_t bytes;
  /**
   * Longest time that a result is kept, whatever the server says, in milliseconds. Default a day.
   */
  uint64_t ttl_ms;
} mcpe_cache_limits;

/**
 * Results of listings and reads, kept as long as their server allows.
 */
typedef struct mcpe_cache {
  /**
   * Its place.
   */
  uint32_t slot;
  /**
   * What tells it from others in the same place.
   */
  uint32_t generation;
} mcpe_cache;

/**
 * A moment, by two clocks. The library has none: every call that depends on the time is told it.
 */
typedef struct mcpe_now {
  /**
   * Nanoseconds of a clock that never goes back (`CLOCK_MONOTONIC`).
   */
  uint64_t mono_ns;
  /**
   * Milliseconds since 1970, UTC.
   */
  int64_t unix_ms;
} mcpe_now;

/**
 * A message, or what was refused in place of one. It does not change.
 */
typedef struct mcpe_message {
  /**
   * Its place.
   */
  uint32_t slot;
  /**
   * What tells it from others in the same place.
   */
  uint32_t generation;
} mcpe_message;

/**
 * Bounds on what one stream may make the library hold or do. Zero in a member is its default.
 */
typedef struct mcpe_limits {
  /**
   * `sizeof(mcpe_limits)`.
   */
  size_t size;
  /**
   * Longest message, in bytes. Default 16 MiB, at most 1 GiB.
   */
  uint32_t message_bytes;
  /**
   * Longest server-sent event, in bytes. Default 16 MiB, at most 1 GiB.
   */
  uint32_t event_bytes;
  /**
   * Deepest nesting. Default 128, which is the most.
   */
  uint32_t depth;
  /**
   * Most values in one message. Default 500,000.
   */
  uint32_t items;
  /**
   * Most messages in one batch. Default 1,000.
   */
  uint32_t batch;
  /**
   * Longest id or progress token, in bytes. Default 1 KiB.
   */
  uint32_t id_bytes;
  /**
   * Most bytes of arenas that kept messages may pin; beyond it messages are copied out. Default 16 MiB.
   */
  uint32_t retained;
  /**
   * Most requests of the peer that wait for an answer. Default 1,024.
   */
  uint32_t peer_requests;
  /**
   * Most requests of our own that wait for an answer. Default 65,536.
   */
  uint32_t own_requests;
  /**
   * Most bytes that wait to be transmitted. Default 64 MiB.
   */
  uint32_t outbox_bytes;
  /**
   * Most events that wait to be polled. Default 4,096.
   */
  uint32_t events;
  /**
   * Most subscriptions of one peer. Default 1,024.
   */
  uint32_t subscriptions;
  /**
   * Longest URI that is subscribed to, in bytes. Default 8 KiB.
   */
  uint32_t uri_bytes;
  /**
   * 0.
   */
  uint32_t reserved;
} mcpe_limits;

/**
 * Frees what a caller has given in its care. It is called exactly once, on whichever thread.
 */
typedef void (*mcpe_destructor)(void *userdata);

/**
 * How one side of a conversation presents itself and what it accepts. Zero in a member is its default.
 */
typedef struct mcpe_config {
  /**
   * `sizeof(mcpe_config)`.
   */
  size_t size;
  /**
   * One of `MCPE_ROLE_…`; there is no default.
   */
  uint32_t role;
  /**
   * One of `MCPE_TOPOLOGY_…`.
   */
  uint32_t topology;
  /**
   * The revisions that are spoken: `1 << MCPE_REVISION_…` for each. 0 for all.
   */
  uint32_t revisions;
  /**
   * The `MCPE_REVISION_…` that a client knows its server to speak, which is tried first. 0 for none.
   */
  uint32_t known_revision;
  /**
   * One of `MCPE_UNKNOWN_METHODS_…`.
   */
  uint32_t unknown_methods;
  /**
   * One of `MCPE_PROGRESS_…`.
   */
  uint32_t progress;
  /**
   * The name of the implementation.
   */
  struct mcpe_str name;
  /**
   * Its version.
   */
  struct mcpe_str version;
  /**
   * In place of both, an object as in the schema.
   */
  struct mcpe_str implementation;
  /**
   * The capabilities: an object as in the schema. None is an empty one.
   */
  struct mcpe_str capabilities;
  /**
   * How a server says that it wants to be used, if it says so.
   */
  struct mcpe_str instructions;
  /**
   * How long a client waits for the answer to `server/discover` before it tries `initialize`, in nanoseconds. Default 5 seconds.
   */
  uint64_t probe_ns;
  /**
   * How long a client waits for the answer to `initialize`, in nanoseconds. Default a minute.
   */
  uint64_t handshake_ns;
  /**
   * How long a request may be without a sign of life, in nanoseconds. Default a minute; `MCPE_FOREVER` for no limit.
   */
  uint64_t idle_ns;
  /**
   * How long a request may take in all, in nanoseconds. Default an hour; `MCPE_FOREVER` for no limit.
   */
  uint64_t total_ns;
  /**
   * Secret bits that keep a peer from choosing ids that collide; random ones where all are zero.
   */
  uint64_t seed[2];
  /**
   * Bounds; `NULL` for the defaults.
   */
  const struct mcpe_limits *limits;
  /**
   * The caller's: `mcpe_connection_userdata` gives it back.
   */
  void *userdata;
  /**
   * Is called with `userdata` when what was made is freed, or could not be made; may be `NULL`.
   */
  mcpe_destructor destroy;
} mcpe_config;

/**
 * One side of a conversation.
 */
typedef struct mcpe_connection {
  /**
   * Its place.
   */
  uint32_t slot;
  /**
   * What tells it from others in the same place.
   */
  uint32_t generation;
} mcpe_connection;

/**
 * A decoder of one stream.
 */
typedef struct mcpe_decoder {
  /**
   * Its place.
   */
  uint32_t slot;
  /**
   * What tells it from others in the same place.
   */
  uint32_t generation;
} mcpe_decoder;

/**
 * What was transmitted.
 */
typedef struct mcpe_transmit {
  /**
   * On which stream.
   */
  uint64_t stream;
  /**
   * How many bytes were appended to the buffer.
   */
  size_t len;
  /**
   * One of `MCPE_FIN_…`.
   */
  uint32_t fin;
  /**
   * 0.
   */
  uint32_t reserved;
} mcpe_transmit;

/**
 * An id of a request, or a progress token.
 *
 * Where it comes from this library, `token` is there, and `integer` is when `tag` is `MCPE_TAG_INTEGER`. Where it goes to it, `token` is what
 * counts, and without one `integer`; then `tag` must be `MCPE_TAG_INTEGER`.
 */
typedef struct mcpe_id {
  /**
   * One of `MCPE_TAG_…`.
   */
  uint32_t tag;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * The integer, when it is one.
   */
  int64_t integer;
  /**
   * The JSON token as it is spelled, with the quotes of a string.
   */
  struct mcpe_str token;
} mcpe_id;

/**
 * Something that an application has to know. What a kind has nothing to say of is zero.
 */
typedef struct mcpe_event {
  /**
   * One of `MCPE_EVENT_…`.
   */
  uint32_t kind;
  /**
   * The `MCPE_REVISION_…` that was agreed on (`READY`), or under which a request was made (`REQUEST`).
   */
  uint32_t revision;
  /**
   * The request or the subscription that it is about. Valid until the next event is polled.
   */
  struct mcpe_id id;
  /**
   * Our subscription that a notification belongs to (`NOTIFICATION`). Valid until the next event is polled.
   */
  struct mcpe_id subscription;
  /**
   * The message, which is the caller's to free; that of nothing when there is none.
   */
  struct mcpe_message message;
  /**
   * What the peer can do, bits of `MCPE_CAPABILITY_…` (`REQUEST`).
   */
  uint32_t capabilities;
  /**
   * The mildest log messages that the client wants, one of `MCPE_LEVEL_…`; 0 for none (`REQUEST`).
   */
  uint32_t level;
  /**
   * One of `MCPE_REASON_…` (`FAILED`, `LISTENING_ENDED`, `CLOSED`).
   */
  uint32_t reason;
  /**
   * Why an answer was not valid (`MCPE_REASON_INVALID`), or the sides are incompatible.
   */
  mcpe_status status;
  /**
   * 0.
   */
  uint64_t reserved[2];
} mcpe_event;

/**
 * What has changed on a server.
 */
typedef struct mcpe_change {
  /**
   * `sizeof(mcpe_change)`.
   */
  size_t size;
  /**
   * One of `MCPE_CHANGE_…`.
   */
  uint32_t kind;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * The URI of the resource, or the id of the task.
   */
  struct mcpe_str name;
  /**
   * The task as in `DetailedTask`: an object.
   */
  struct mcpe_str json;
} mcpe_change;

/**
 * A request of ours.
 */
typedef struct mcpe_request {
  /**
   * `sizeof(mcpe_request)`.
   */
  size_t size;
  /**
   * The method, known or not.
   */
  struct mcpe_str method;
  /**
   * The parameters: an object, or none.
   */
  struct mcpe_str params;
  /**
   * 1 to ask for progress.
   */
  uint32_t wants_progress;
  /**
   * Asks for log messages of that `MCPE_LEVEL_…` and above while the request lasts (MCP 2026-07-28). 0 for none.
   */
  uint32_t level;
  /**
   * How long it may be without a sign of life, in nanoseconds. 0 for as long as the configuration says; `MCPE_FOREVER` for no limit.
   */
  uint64_t idle_ns;
  /**
   * How long it may take in all, likewise.
   */
  uint64_t total_ns;
  /**
   * One of `MCPE_PROGRESS_…`; counts when one of the times is given.
   */
  uint32_t progress;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * The request of the peer that it belongs to and travels with, or `NULL`.
   */
  const struct mcpe_id *related;
} mcpe_request;

/**
 * The answer to a request of the peer. What a kind has no use for is left alone.
 */
typedef struct mcpe_reply {
  /**
   * `sizeof(mcpe_reply)`.
   */
  size_t size;
  /**
   * One of `MCPE_REPLY_…`.
   */
  uint32_t kind;
  /**
   * The capabilities that the client would have to declare (`CAPABILITY_REQUIRED`).
   */
  uint32_t capabilities;
  /**
   * The result (`RESULT`), the data of an error if it has any (`ERROR`), or what is asked for by key (`INPUT_REQUIRED`): JSON.
   */
  struct mcpe_str json;
  /**
   * The text (`TEXT`, `TEXT_ERROR`), one sentence for people (`ERROR`), or what the client has to bring back (`INPUT_REQUIRED`).
   */
  struct mcpe_str text;
  /**
   * The code (`ERROR`).
   */
  int64_t code;
  /**
   * The message whose result or error is passed on (`RELAY`).
   */
  struct mcpe_message message;
} mcpe_reply;

/**
 * How far a conversation is.
 */
typedef struct mcpe_standing {
  /**
   * The `MCPE_REVISION_…` that was agreed on; 0 before the handshake, after the end, and on a server without a session.
   */
  uint32_t revision;
  /**
   * One of `MCPE_ERA_…`, with the revision.
   */
  uint32_t era;
  /**
   * What the peer has declared, bits of `MCPE_CAPABILITY_…`.
   */
  uint32_t peer_capabilities;
  /**
   * The `MCPE_REASON_…` for which the connection is over; 0 while it is not.
   */
  uint32_t closed;
  /**
   * Requests of ours that wait for an answer.
   */
  uint64_t own_requests;
  /**
   * Requests of the peer that wait for an answer, also those that were cancelled.
   */
  uint64_t peer_requests;
  /**
   * Bytes that wait to be transmitted.
   */
  uint64_t waiting_bytes;
} mcpe_standing;

/**
 * Where something is appended: make it by `mcpe_to_buffer` or `mcpe_to_memory`.
 */
typedef struct mcpe_target {
  /**
   * The buffer, when there is no memory.
   */
  struct mcpe_buffer buffer;
  /**
   * Memory of the caller's.
   */
  uint8_t *ptr;
  /**
   * How many bytes of it.
   */
  size_t capacity;
} mcpe_target;

/**
 * What a decoder has seen since it was made.
 */
typedef struct mcpe_counters {
  /**
   * Bytes that were read, whatever became of them.
   */
  uint64_t bytes;
  /**
   * Lines with nothing but white space.
   */
  uint64_t blank;
  /**
   * Batches.
   */
  uint64_t batches;
  /**
   * Valid requests.
   */
  uint64_t requests;
  /**
   * Valid notifications.
   */
  uint64_t notifications;
  /**
   * Valid results.
   */
  uint64_t responses;
  /**
   * Valid errors.
   */
  uint64_t errors;
  /**
   * Refusals by the transport's framing, JSON, the rules of messages, those of the conversation, what a peer can do, limits, and misuse.
   */
  uint64_t refused[7];
} mcpe_counters;

/**
 * How a decoder reads. Zero everywhere is lines, with the default limits.
 */
typedef struct mcpe_decoder_options {
  /**
   * `sizeof(mcpe_decoder_options)`.
   */
  size_t size;
  /**
   * One of `MCPE_STREAM_…`.
   */
  uint32_t stream;
  /**
   * One of `MCPE_DUPLICATES_…`.
   */
  uint32_t duplicates;
  /**
   * Secret bits that keep a peer from choosing keys that collide; random ones where all are zero.
   */
  uint64_t seed[2];
  /**
   * Bounds; `NULL` for the defaults.
   */
  const struct mcpe_limits *limits;
} mcpe_decoder_options;

/**
 * Where a JSON value stands in its message. Strings include their quotes.
 */
typedef struct mcpe_span {
  /**
   * Offset from the start of the message, in bytes.
   */
  uint32_t offset;
  /**
   * Length in bytes; 0 says that there is no such value.
   */
  uint32_t len;
} mcpe_span;

/**
 * What one pass over a message found, in the byte order of the machine. Spans count from the start of the message.
 */
typedef struct mcpe_msg_index {
  /**
   * Offset of the message in its stream, in bytes.
   */
  MCPE_ALIGNAS(8) uint64_t base;
  /**
   * Length of the message, in bytes.
   */
  uint32_t len;
  /**
   * One of `MCPE_KIND_…`; 0 while it is unknown.
   */
  uint8_t kind;
  /**
   * The `MCPE_TAG_…` of the id.
   */
  uint8_t id_tag;
  /**
   * One of `MCPE_METHOD_…`; 0 when there is none, or none that is known.
   */
  uint8_t method_id;
  /**
   * The `MCPE_TAG_…` of the token.
   */
  uint8_t token_tag;
  /**
   * The id, when it is an integer.
   */
  int64_t id_int;
  /**
   * The token or the error code, when it is an integer.
   */
  int64_t token_int;
  /**
   * Bits of `MCPE_FLAG_…`.
   */
  uint32_t flags;
  /**
   * Deepest nesting, counting the envelope as 1.
   */
  uint8_t max_depth;
  /**
   * The `MCPE_BLOCK_…` of the first content block.
   */
  uint8_t block_type;
  /**
   * Number of content blocks; 65,535 when there are as many or more.
   */
  uint16_t blocks;
  /**
   * The id.
   */
  struct mcpe_span id;
  /**
   * The method.
   */
  struct mcpe_span method;
  /**
   * The value of `params`, `result` or `error`.
   */
  struct mcpe_span payload;
  /**
   * The value of `_meta` in the payload.
   */
  struct mcpe_span meta;
  /**
   * `params.name`, or `error.message`, or `mimeType` of the first content block.
   */
  struct mcpe_span name;
  /**
   * `params.arguments`, `result.content`, or `error.data`.
   */
  struct mcpe_span args;
  /**
   * `params.uri`, or `result.structuredContent`.
   */
  struct mcpe_span aux;
  /**
   * The progress token, the id that a cancellation names, or the error code.
   */
  struct mcpe_span token;
  /**
   * `resultType` of a result, or the `protocolVersion` in the `_meta` of a request.
   */
  struct mcpe_span tag;
  /**
   * `clientCapabilities` or `subscriptionId` in `_meta`.
   */
  struct mcpe_span context;
  /**
   * `text` or `data` of the first content block.
   */
  struct mcpe_span block;
} mcpe_msg_index;

/**
 * One row of what a decoder has read.
 */
typedef struct mcpe_item {
  /**
   * The index. Of what was refused, as much as could be read.
   */
  struct mcpe_msg_index index;
  /**
   * The message, `index.len` bytes; the data of an event; `NULL` when nothing of it could be kept.
   */
  const char *bytes;
  /**
   * `MCPE_OK`, why it was refused, or `MCPE_EVENT`.
   */
  mcpe_status status;
  /**
   * 0.
   */
  uint32_t reserved;
} mcpe_item;

/**
 * Is handed one item, and returns 0 to go on. The item and its bytes are valid during the call.
 */
typedef int (*mcpe_item_callback)(void *userdata, const struct mcpe_item *item);

/**
 * An event to be written. Zero everywhere is an event of the type `message` without an id.
 */
typedef struct mcpe_sse {
  /**
   * `sizeof(mcpe_sse)`.
   */
  size_t size;
  /**
   * The type; none for `message`.
   */
  struct mcpe_str name;
  /**
   * The id with which a client can resume behind it, if it has one.
   */
  struct mcpe_str id;
  /**
   * How long a client should wait before a reconnection, in milliseconds; 0 to say nothing.
   */
  uint64_t retry_ms;
  /**
   * The data.
   */
  struct mcpe_str content;
} mcpe_sse;

/**
 * What all requests to a server share.
 */
typedef struct mcpe_endpoint {
  /**
   * Its place.
   */
  uint32_t slot;
  /**
   * What tells it from others in the same place.
   */
  uint32_t generation;
} mcpe_endpoint;

/**
 * One request and its reply stream.
 */
typedef struct mcpe_exchange {
  /**
   * Its place.
   */
  uint32_t slot;
  /**
   * What tells it from others in the same place.
   */
  uint32_t generation;
} mcpe_exchange;

/**
 * One request to be told about changes, whose stream stays open.
 */
typedef struct mcpe_listening {
  /**
   * Its place.
   */
  uint32_t slot;
  /**
   * What tells it from others in the same place.
   */
  uint32_t generation;
} mcpe_listening;

/**
 * What became of the message of a POST. Its handle, if its kind has one, is the caller's to free.
 */
typedef struct mcpe_accepted {
  /**
   * One of `MCPE_ACCEPTED_…`.
   */
  uint32_t kind;
  /**
   * Why it was refused (`REFUSED`).
   */
  mcpe_status status;
  /**
   * The exchange (`EXCHANGE`).
   */
  struct mcpe_exchange exchange;
  /**
   * The subscription (`LISTENING`).
   */
  struct mcpe_listening listening;
  /**
   * The code of the error with which it was answered; 0 when it was none (`ANSWERED`). The status of HTTP depends on it.
   */
  int64_t code;
} mcpe_accepted;

/**
 * The terms under which a request was made.
 */
typedef struct mcpe_terms {
  /**
   * One of `MCPE_REVISION_…`.
   */
  uint32_t revision;
  /**
   * What the client can do, bits of `MCPE_CAPABILITY_…`.
   */
  uint32_t capabilities;
  /**
   * The mildest log messages that it wants, one of `MCPE_LEVEL_…`; 0 for none.
   */
  uint32_t level;
  /**
   * 0.
   */
  uint32_t reserved;
} mcpe_terms;

/**
 * What the last failure of a thread was, for programs.
 */
typedef struct mcpe_error {
  /**
   * What the function returned.
   */
  mcpe_status status;
  /**
   * The JSON-RPC code with which a peer is told, or has answered; 0 where there is none. One that 32 bits do not hold is the nearest that they do,
   * and is whole in `mcpe_error_message`.
   */
  int32_t code;
  /**
   * Where in its stream the fault was seen, in bytes; `UINT64_MAX` where no stream is at fault.
   */
  uint64_t offset;
  /**
   * How many bytes of memory it would have taken (`MCPE_ERR_CAPACITY`).
   */
  uint64_t needed;
  /**
   * Whose fault it is: `frame`, `json`, `message`, `peer`, `incompatible`, `limit`, `misuse`, `caller`, `library` or `system`. Static.
   */
  struct mcpe_str fault;
  /**
   * The stable name of the rule that was broken, or of the argument or the kind of handle that is wrong. Static.
   */
  struct mcpe_str rule;
} mcpe_error;

/**
 * Is handed one member of an object, or one element of an array, whose key is none, and returns 0 to go on. Both texts are parts of the value
 * that is walked; the key is the inside of a JSON string.
 */
typedef int (*mcpe_json_callback)(void *userdata, struct mcpe_str key, struct mcpe_str value);

/**
 * Is called, on the thread that gives a permit back, when the first one has come back since the last `mcpe_scheduler_collect`: wakes whoever drives the
 * scheduler. It must return soon.
 */
typedef void (*mcpe_wake_callback)(void *userdata);

/**
 * What a scheduler may hold and run at a time. Zero in a member is its default.
 */
typedef struct mcpe_scheduler_options {
  /**
   * `sizeof(mcpe_scheduler_options)`.
   */
  size_t size;
  /**
   * Tasks and scopes that are known. Default 65,536.
   */
  uint32_t tasks;
  /**
   * Tasks that run at the same time. Default 256.
   */
  uint32_t running;
  /**
   * Keys. Default 16,384.
   */
  uint32_t keys;
  /**
   * Quotas. Default 1,024.
   */
  uint32_t quotas;
  /**
   * Dependencies between tasks, in all. Default 65,536.
   */
  uint32_t dependencies;
  /**
   * Retry policies. Default 1,024.
   */
  uint32_t policies;
  /**
   * Is called when a permit has come back, or `NULL`: see `mcpe_scheduler_collect`.
   */
  mcpe_wake_callback wake;
  /**
   * What `wake` and `destroy` are called with.
   */
  void *userdata;
  /**
   * Is called with `userdata` when neither the scheduler nor a permit of it is left, or it could not be made; may be `NULL`.
   */
  mcpe_destructor destroy;
} mcpe_scheduler_options;

/**
 * A scheduler. Times are nanoseconds of a clock of the caller's that never goes back.
 */
typedef struct mcpe_scheduler {
  /**
   * Its place.
   */
  uint32_t slot;
  /**
   * What tells it from others in the same place.
   */
  uint32_t generation;
} mcpe_scheduler;

/**
 * How much there is in a scheduler, and what has happened so far.
 */
typedef struct mcpe_totals {
  /**
   * Tasks and scopes that are known.
   */
  uint64_t known;
  /**
   * Tasks that hold a permit.
   */
  uint64_t running;
  /**
   * Tasks that were taken in.
   */
  uint64_t submitted;
  /**
   * Attempts that were handed out.
   */
  uint64_t started;
  /**
   * Attempts that failed and were followed by another.
   */
  uint64_t retried;
  /**
   * Completions that came after the outcome was decided.
   */
  uint64_t late;
  /**
   * Tasks that ended with success.
   */
  uint64_t succeeded;
  /**
   * Tasks whose last attempt failed.
   */
  uint64_t failed;
  /**
   * Tasks that were cancelled.
   */
  uint64_t cancelled;
  /**
   * Tasks whose time was up.
   */
  uint64_t timed_out;
  /**
   * Tasks that were skipped, for what they wait for had failed.
   */
  uint64_t skipped;
  /**
   * Refused, for a limit was reached.
   */
  uint64_t refused;
  /**
   * Refused, for a rule was broken by the caller.
   */
  uint64_t misused;
} mcpe_totals;

/**
 * At most so many starts in a period, and so many at once. `starts` 0 is no limit.
 */
typedef struct mcpe_rate {
  /**
   * Starts in a period.
   */
  uint32_t starts;
  /**
   * Starts that may follow one another at once; 0 counts as 1.
   */
  uint32_t burst;
  /**
   * Nanoseconds.
   */
  uint64_t period_ns;
} mcpe_rate;

/**
 * What a key may use. Zero in a member is its default.
 */
typedef struct mcpe_key_options {
  /**
   * `sizeof(mcpe_key_options)`.
   */
  size_t size;
  /**
   * How many of its tasks run at the same time; 0 for as many as there is room for.
   */
  uint32_t concurrency;
  /**
   * Its share beside the other keys that wait, from 1 to 1,024.
   */
  uint32_t weight;
  /**
   * How fast its tasks start.
   */
  struct mcpe_rate rate;
  /**
   * How many of its tasks may wait. Default 4,096.
   */
  uint32_t queued;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * Waiting so long is worth one priority more, in nanoseconds. Default ten seconds.
   */
  uint64_t age_ns;
  /**
   * What it counts against beside, at most four quotas.
   */
  const uint64_t *quotas;
  /**
   * How many those are.
   */
  size_t quotas_len;
} mcpe_key_options;

/**
 * How much of a key waits, and how much runs.
 */
typedef struct mcpe_load {
  /**
   * Tasks that wait.
   */
  uint32_t waiting;
  /**
   * Tasks that run.
   */
  uint32_t running;
} mcpe_load;

/**
 * A quota that several keys count against. Zero in a member is no limit.
 */
typedef struct mcpe_quota_options {
  /**
   * `sizeof(mcpe_quota_options)`.
   */
  size_t size;
  /**
   * How many tasks run at the same time.
   */
  uint32_t concurrency;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * How fast tasks start.
   */
  struct mcpe_rate rate;
} mcpe_quota_options;

/**
 * How often a task is tried. Zero in a member is its default.
 */
typedef struct mcpe_policy {
  /**
   * `sizeof(mcpe_policy)`.
   */
  size_t size;
  /**
   * Attempts in all. Default 3.
   */
  uint32_t attempts;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * Nanoseconds before the second attempt. Default 100 ms.
   */
  uint64_t initial_ns;
  /**
   * Nanoseconds that a wait takes at most. Default 30 s.
   */
  uint64_t most_ns;
  /**
   * What each wait is multiplied by to get the next. Default 2.
   */
  double factor;
  /**
   * The part of a wait that is random, from 0 to 1.
   */
  double jitter;
  /**
   * Kinds of failure after which there is no further attempt.
   */
  const struct mcpe_str *final_kinds;
  /**
   * How many those are.
   */
  size_t final_kinds_len;
} mcpe_policy;

/**
 * A task to run. It holds a permit until it is completed.
 */
typedef struct mcpe_ready {
  /**
   * Which task.
   */
  uint64_t task;
  /**
   * What its submitter gave it.
   */
  uint64_t tag;
  /**
   * Which attempt, from 1 on.
   */
  uint32_t attempt;
  /**
   * 0.
   */
  uint32_t reserved;
} mcpe_ready;

/**
 * The right to run a task. It is given back on whichever thread; freed without a word, it says that the attempt was abandoned.
 */
typedef struct mcpe_permit {
  /**
   * Its place.
   */
  uint32_t slot;
  /**
   * What tells it from others in the same place.
   */
  uint32_t generation;
} mcpe_permit;

/**
 * How an attempt has failed. Zero in a member is nothing to say.
 */
typedef struct mcpe_failure {
  /**
   * `sizeof(mcpe_failure)`.
   */
  size_t size;
  /**
   * The name of an error, which the final kinds of the policy are compared with.
   */
  struct mcpe_str kind;
  /**
   * Nanoseconds that the other side asked to wait, in place of the policy's; 0 when it did not.
   */
  uint64_t retry_after_ns;
  /**
   * Random bits for the jitter: what follows from the same calls is the same.
   */
  uint64_t random;
} mcpe_failure;

/**
 * What the driver of a scheduler has to know of.
 */
typedef struct mcpe_task_event {
  /**
   * One of `MCPE_TASK_EVENT_…`.
   */
  uint32_t kind;
  /**
   * One of `MCPE_OUTCOME_…`; 0 when an attempt took too long (`STOP`), after which there may be another.
   */
  uint32_t outcome;
  /**
   * Which task.
   */
  uint64_t task;
  /**
   * What its submitter gave it.
   */
  uint64_t tag;
} mcpe_task_event;

/**
 * What a completion has led to.
 */
typedef struct mcpe_settled {
  /**
   * One of `MCPE_SETTLED_…`.
   */
  uint32_t kind;
  /**
   * One of `MCPE_OUTCOME_…`; 0 when there is another attempt.
   */
  uint32_t outcome;
  /**
   * When the other attempt is.
   */
  uint64_t at_ns;
} mcpe_settled;

/**
 * A piece of work as its submitter describes it. Zero in a member is as usual.
 */
typedef struct mcpe_task {
  /**
   * `sizeof(mcpe_task)`.
   */
  size_t size;
  /**
   * In whose queue it stands.
   */
  uint64_t key;
  /**
   * The caller's: it comes back with everything that is said of the task.
   */
  uint64_t tag;
  /**
   * Whose end takes it along; 0 for nobody's.
   */
  uint64_t parent;
  /**
   * What has to end first.
   */
  const uint64_t *after;
  /**
   * How many those are.
   */
  size_t after_len;
  /**
   * When it has to have ended; 0 for no such time.
   */
  uint64_t deadline_ns;
  /**
   * How long one attempt may take; 0 for no limit.
   */
  uint64_t attempt_ns;
  /**
   * One of `MCPE_NEEDS_…`.
   */
  uint32_t needs;
  /**
   * One of `MCPE_PRIORITY_…`.
   */
  uint32_t priority;
  /**
   * What happens when an attempt fails: what `mcpe_scheduler_set_policy` gave, or 0 for one attempt.
   */
  uint32_t policy;
  /**
   * 0.
   */
  uint32_t reserved;
} mcpe_task;

/**
 * The parameters of `tools/call`. Texts are the insides of JSON strings: `mcpe_json_unescape` where they are escaped.
 */
typedef struct mcpe_call {
  /**
   * Name of the tool.
   */
  struct mcpe_str name;
  /**
   * The arguments: an object, or whatever the peer sent instead. None when there are none.
   */
  struct mcpe_str arguments;
  /**
   * The member `_meta`, if there is one.
   */
  struct mcpe_str meta;
  /**
   * The progress token in `_meta`, if there is one.
   */
  struct mcpe_id token;
  /**
   * Whether the name has escapes.
   */
  uint32_t name_escaped;
  /**
   * 0.
   */
  uint32_t reserved;
} mcpe_call;

/**
 * The result of `tools/call`.
 */
typedef struct mcpe_call_result {
  /**
   * The member `content`: an array. None when there is none.
   */
  struct mcpe_str content;
  /**
   * The member `structuredContent`, if there is one.
   */
  struct mcpe_str structured;
  /**
   * The member `_meta`, if there is one.
   */
  struct mcpe_str meta;
  /**
   * The member `resultType`, if there is one: the inside of a JSON string.
   */
  struct mcpe_str result_type;
  /**
   * The number of content blocks, at most 65,535.
   */
  uint32_t blocks;
  /**
   * Whether the tool failed.
   */
  uint32_t is_error;
} mcpe_call_result;

/**
 * One block of content. Texts are the insides of JSON strings.
 */
typedef struct mcpe_block {
  /**
   * One of `MCPE_BLOCK_…`.
   */
  uint32_t kind;
  /**
   * Whether the text has escapes.
   */
  uint32_t escaped;
  /**
   * The text; the data of an image or a sound, in base64; else the block, or the resource in it, as JSON.
   */
  struct mcpe_str text;
  /**
   * The media type of an image or a sound, if it has one.
   */
  struct mcpe_str mime_type;
} mcpe_block;

/**
 * The parameters of `notifications/progress`.
 */
typedef struct mcpe_progress {
  /**
   * The token of the request.
   */
  struct mcpe_id token;
  /**
   * How much is done.
   */
  double progress;
  /**
   * How much there is, when `has_total`.
   */
  double total;
  /**
   * What is being done, if it was told: the inside of a JSON string.
   */
  struct mcpe_str message;
  /**
   * Whether it was told how much there is.
   */
  uint32_t has_total;
  /**
   * Whether the message has escapes.
   */
  uint32_t message_escaped;
} mcpe_progress;

/**
 * The error of an error response.
 */
typedef struct mcpe_error_object {
  /**
   * The error code.
   */
  int64_t code;
  /**
   * A short description: the inside of a JSON string.
   */
  struct mcpe_str message;
  /**
   * The member `data`, if there is one.
   */
  struct mcpe_str content;
  /**
   * Whether the message has escapes.
   */
  uint32_t message_escaped;
  /**
   * 0.
   */
  uint32_t reserved;
} mcpe_error_object;

/**
 * It was done.
 */
#define MCPE_OK 0

/**
 * There is nothing to give out, for now or at all. Outputs were left alone.
 */
#define MCPE_NOTHING 1

/**
 * The stream had an event that carries no message: `mcpe_decoder_event` has it.
 */
#define MCPE_EVENT 2

/**
 * The client is asked first: the callback should return, and is called again when the answer is there.
 */
#define MCPE_ASKED 3

/**
 * A bug of this library. What the call was changing is poisoned.
 */
#define MCPE_ERR_PANIC -1

/**
 * A pointer that must not be `NULL` is.
 */
#define MCPE_ERR_NULL -2

/**
 * A length is above `PTRDIFF_MAX`.
 */
#define MCPE_ERR_LENGTH -3

/**
 * A text is not UTF-8.
 */
#define MCPE_ERR_UTF8 -4

/**
 * A number stands for nothing, or is out of its range.
 */
#define MCPE_ERR_VALUE -5

/**
 * The size of a struct cannot be, or it has members that this library does not know.
 */
#define MCPE_ERR_STRUCT -6

/**
 * The handle names nothing: it was freed, made up, or is that of nothing.
 */
#define MCPE_ERR_HANDLE -7

/**
 * What the handle names is in use by another call.
 */
#define MCPE_ERR_BUSY -8

/**
 * An earlier call has left what the handle names in doubt: it can only be freed.
 */
#define MCPE_ERR_POISONED -9

/**
 * The memory of the caller is too small for what was to be written.
 */
#define MCPE_ERR_CAPACITY -10

/**
 * There are too many handles of the kind.
 */
#define MCPE_ERR_HANDLES -11

/**
 * The system refused memory.
 */
#define MCPE_ERR_MEMORY -12

/**
 * The framing of the transport was broken.
 */
#define MCPE_ERR_FRAME -20

/**
 * The bytes are not JSON.
 */
#define MCPE_ERR_JSON -21

/**
 * The JSON is no message that MCP allows.
 */
#define MCPE_ERR_MESSAGE -22

/**
 * The peer may not say this here and now.
 */
#define MCPE_ERR_PEER -23

/**
 * The peer cannot do this, and said so.
 */
#define MCPE_ERR_INCOMPATIBLE -24

/**
 * A limit was reached.
 */
#define MCPE_ERR_LIMIT -25

/**
 * The caller broke a rule of the library.
 */
#define MCPE_ERR_MISUSE -26

/**
 * The connection is closed, by whichever side.
 */
#define MCPE_ERR_CLOSED -30

/**
 * The time for it was up.
 */
#define MCPE_ERR_TIMEOUT -31

/**
 * It was cancelled.
 */
#define MCPE_ERR_CANCELLED -32

/**
 * The peer has answered with an error: `mcpe_error_last` has its code.
 */
#define MCPE_ERR_REFUSED -33

/**
 * The server could not be started or reached, or the way to it is broken; or it has refused a request with a status of HTTP that says nothing else.
 */
#define MCPE_ERR_UNREACHABLE -34

/**
 * What was said is not what the schema says.
 */
#define MCPE_ERR_ANSWER -35

/**
 * It is not possible here: not in this revision, or not with this peer.
 */
#define MCPE_ERR_UNSUPPORTED -36

/**
 * The system refused threads, a socket or a descriptor.
 */
#define MCPE_ERR_SYSTEM -37

/**
 * A call that waits was made on a thread that must not wait: from inside a destructor.
 */
#define MCPE_ERR_THREAD -38

/**
 * The server wants credentials, or others than it was given: `mcpe_error_message` says which it wants.
 */
#define MCPE_ERR_UNAUTHORIZED -39

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The version of the ABI that the library has; a program wants at least its own `MCPE_ABI_VERSION`.
 */
uint32_t mcpe_abi_version(void);

/**
 * The version of the layout of `mcpe_msg_index` that the library has; a program wants exactly its own `MCPE_INDEX_VERSION`.
 */
uint32_t mcpe_index_version(void);

/**
 * The version of the library, like `0.1.0`. Static, and ends with a zero.
 */
const char *mcpe_library_version(void);

/**
 * Makes an empty buffer. `framing` is one of `MCPE_FRAMING_…`, and counts for what a connection transmits.
 */
mcpe_status mcpe_buffer_new(uint32_t framing, struct mcpe_buffer *buffer);

/**
 * Frees a buffer and what is in it.
 */
mcpe_status mcpe_buffer_free(struct mcpe_buffer buffer);

/**
 * Appends bytes as they are. Changes the buffer.
 */
mcpe_status mcpe_buffer_append(struct mcpe_buffer buffer, const uint8_t *bytes, size_t bytes_len);

/**
 * How many bytes wait to be written. Reads the buffer.
 */
mcpe_status mcpe_buffer_len(struct mcpe_buffer buffer, size_t *len);

/**
 * The pieces that wait to be written, in order, as many as there are rows; `MCPE_NOTHING` when none wait. A row has the layout of a
 * `struct iovec`, so that a table can go to `writev`. Reads the buffer; the pieces are valid until it is changed.
 */
mcpe_status mcpe_buffer_pieces(struct mcpe_buffer buffer,
                               struct mcpe_str *table,
                               size_t capacity,
                               size_t stride,
                               size_t *count);

/**
 * Forgets the first `len` bytes: they were written. All of them, when it is as many as wait. Changes the buffer.
 *
 * `MCPE_ERR_VALUE` when fewer wait.
 */
mcpe_status mcpe_buffer_consume(struct mcpe_buffer buffer, size_t len);

/**
 * Forgets everything, and keeps the memory for what comes next. Changes the buffer.
 */
mcpe_status mcpe_buffer_clear(struct mcpe_buffer buffer);

/**
 * Makes an empty cache. `limits` may be `NULL`.
 */
mcpe_status mcpe_cache_new(const struct mcpe_cache_limits *limits, struct mcpe_cache *cache);

/**
 * Frees a cache. Messages that came from it live on.
 */
mcpe_status mcpe_cache_free(struct mcpe_cache cache);

/**
 * A result that is still fresh, for the same `MCPE_METHOD_…` and parameters and for that principal; else `MCPE_NOTHING`. Changes the cache; the
 * answer is the caller's to free.
 *
 * `params` is a JSON value or `NULL`; the principal is whoever the requests are made for, as bytes.
 */
mcpe_status mcpe_cache_look_up(struct mcpe_cache cache,
                               uint32_t method,
                               const char *params,
                               size_t params_len,
                               const uint8_t *principal,
                               size_t principal_len,
                               struct mcpe_now now,
                               struct mcpe_message *answer);

/**
 * Keeps an answer, if the server allows it; `MCPE_NOTHING` when it does not. Changes the cache, reads the answer.
 */
mcpe_status mcpe_cache_store(struct mcpe_cache cache,
                             uint32_t method,
                             const char *params,
                             size_t params_len,
                             const uint8_t *principal,
                             size_t principal_len,
                             struct mcpe_message answer,
                             struct mcpe_now now);

/**
 * Forgets what a notification of the server says has changed. Changes the cache, reads the notification.
 */
mcpe_status mcpe_cache_invalidate(struct mcpe_cache cache, struct mcpe_message notification);

/**
 * Forgets all results of a `MCPE_METHOD_…`. Changes the cache.
 */
mcpe_status mcpe_cache_forget(struct mcpe_cache cache, uint32_t method);

/**
 * How many results are kept. Reads the cache.
 */
mcpe_status mcpe_cache_len(struct mcpe_cache cache, size_t *len);

/**
 * Makes a connection that has said nothing yet. `destroy` of the configuration is called also when this fails.
 */
mcpe_status mcpe_connection_new(const struct mcpe_config *config, struct mcpe_connection *connection);

/**
 * Frees a connection. The peer is told nothing: `mcpe_connection_close` and a last `mcpe_connection_poll_transmit` come before.
 */
mcpe_status mcpe_connection_free(struct mcpe_connection connection);

/**
 * The pointer that came with the configuration. Reads the connection.
 */
mcpe_status mcpe_connection_userdata(struct mcpe_connection connection, void **userdata);

/**
 * Opens the conversation of a client. `MCPE_EVENT_READY` says when it is open. Changes the connection.
 */
mcpe_status mcpe_connection_start(struct mcpe_connection connection, struct mcpe_now now);

/**
 * The server does not answer the probe of a client as a modern one does, as a status of HTTP tells: goes on with `initialize`. Changes the
 * connection.
 */
mcpe_status mcpe_connection_fall_back(struct mcpe_connection connection,
                                      struct mcpe_now now);

/**
 * Takes a message of the peer in, or what was refused in place of one. Changes the connection, reads the message.
 *
 * `MCPE_ERR_PEER` and `MCPE_ERR_LIMIT` when the message broke a rule: it was counted, answered where it can be, and the conversation goes on.
 * `MCPE_ERR_MISUSE` when the connection is closed. What was refused by the decoder is answered, which is `MCPE_OK`.
 */
mcpe_status mcpe_connection_receive(struct mcpe_connection connection,
                                    uint64_t stream,
                                    struct mcpe_message message,
                                    struct mcpe_now now);

/**
 * Takes in what a decoder has next, without a handle for it. Changes both.
 *
 * As `mcpe_decoder_next` followed by `mcpe_connection_receive`: `MCPE_NOTHING` when more bytes are needed, `MCPE_EVENT` when there was an event that
 * carries no message. Poll events and transmits between two calls.
 */
mcpe_status mcpe_connection_receive_next(struct mcpe_connection connection,
                                         uint64_t stream,
                                         struct mcpe_decoder decoder,
                                         struct mcpe_now now);

/**
 * Appends the next message that is to be sent; `MCPE_NOTHING` when there is none. Changes both.
 *
 * On a duplex transport call it until there is nothing, then write the pieces of the buffer. Over HTTP each message belongs to a stream, so
 * that each wants a buffer of its own, or one that is cleared.
 */
mcpe_status mcpe_connection_poll_transmit(struct mcpe_connection connection,
                                          struct mcpe_buffer buffer,
                                          struct mcpe_transmit *transmit);

/**
 * When `mcpe_connection_handle_timeout` has to be called next, in nanoseconds of the monotonic clock; `MCPE_NOTHING` for never. Reads the
 * connection.
 */
mcpe_status mcpe_connection_poll_timeout(struct mcpe_connection connection,
                                         uint64_t *mono_ns);

/**
 * Lets time pass: requests that are out of it fail, and the peer is told. Changes the connection.
 */
mcpe_status mcpe_connection_handle_timeout(struct mcpe_connection connection, struct mcpe_now now);

/**
 * Ends the conversation: every request of ours fails, and nothing is sent any more. Changes the connection.
 */
mcpe_status mcpe_connection_close(struct mcpe_connection connection);

/**
 * The peer is gone: the transport has ended. Changes the connection.
 */
mcpe_status mcpe_connection_peer_closed(struct mcpe_connection connection);

/**
 * A stream has ended before what it was for was finished (HTTP). Requests of ours on it fail, and modern requests of the peer on it are cancelled.
 * Changes the connection.
 */
mcpe_status mcpe_connection_stream_closed(struct mcpe_connection connection,
                                          uint64_t stream,
                                          struct mcpe_now now);

/**
 * Names the stream for what belongs to no request: the reply to a GET (HTTP, earlier revisions). `MCPE_STREAM_OWN` when it is closed. Changes the
 * connection.
 */
mcpe_status mcpe_connection_set_standalone(struct mcpe_connection connection,
                                           uint64_t stream);

/**
 * The next event; `MCPE_NOTHING` when there is none. Changes the connection.
 *
 * Call it until there is nothing after every call that changes the connection. The message of an event is the caller's to free.
 */
mcpe_status mcpe_connection_poll_event(struct mcpe_connection connection,
                                       struct mcpe_event *event);

/**
 * Says something to the peer. `params` is an object or `NULL`, `related` the request of the peer that it belongs to, or `NULL`. Changes the
 * connection.
 */
mcpe_status mcpe_connection_notify(struct mcpe_connection connection,
                                   const char *method,
                                   size_t method_len,
                                   const char *params,
                                   size_t params_len,
                                   const struct mcpe_id *related);

/**
 * Sends a log message, if the client wants those of that `MCPE_LEVEL_…`: in the session, or while `related` is served. `logger` and `related` may
 * be `NULL`; `content` is any JSON value. `delivery` is one of `MCPE_DELIVERY_…`. Changes the connection.
 */
mcpe_status mcpe_connection_log(struct mcpe_connection connection,
                                uint32_t level,
                                const char *logger,
                                size_t logger_len,
                                const char *content,
                                size_t content_len,
                                const struct mcpe_id *related,
                                uint32_t *delivery);

/**
 * Tells the client that something has changed, where it wants to know: its session, and its subscriptions. Changes the connection.
 *
 * `MCPE_ERR_MISUSE` when the capability for it was not declared.
 */
mcpe_status mcpe_connection_publish(struct mcpe_connection connection,
                                    const struct mcpe_change *change);

/**
 * Ends a subscription of the client (MCP 2026-07-28). Changes the connection.
 *
 * `MCPE_ERR_MISUSE` when there is none of that id.
 */
mcpe_status mcpe_connection_end_subscription(struct mcpe_connection connection, const struct mcpe_id *id);

/**
 * Asks the peer something. The answer comes as an event with the id that is given here. Changes the connection.
 *
 * `MCPE_ERR_INCOMPATIBLE` when the revision or the capabilities of the peer do not allow it, `MCPE_ERR_LIMIT` when too much is in flight,
 * `MCPE_ERR_MISUSE` before the handshake is finished and after the end. Nothing was sent then.
 */
mcpe_status mcpe_connection_request(struct mcpe_connection connection,
                                    const struct mcpe_request *request,
                                    struct mcpe_now now,
                                    int64_t *id);

/**
 * Asks again, with the input that the server wanted (MCP 2026-07-28). Changes the connection, reads `input`.
 *
 * `request` is the original one, `input` the message of `MCPE_EVENT_INPUT_REQUIRED`, and `responses` an object with a result for each key of
 * its `inputRequests`, or `NULL`.
 */
mcpe_status mcpe_connection_retry(struct mcpe_connection connection,
                                  const struct mcpe_request *request,
                                  struct mcpe_message input,
                                  const char *responses,
                                  size_t responses_len,
                                  struct mcpe_now now,
                                  int64_t *id);

/**
 * Asks to be told about changes (MCP 2026-07-28). `MCPE_EVENT_LISTENING` says that it works. `filter` is an object as in the schema. Changes the
 * connection.
 */
mcpe_status mcpe_connection_listen(struct mcpe_connection connection,
                                   const char *filter,
                                   size_t filter_len,
                                   struct mcpe_now now,
                                   int64_t *id);

/**
 * Does without the answer to a request of ours: the peer is told, and no event comes for it any more. `reason` may be `NULL`. Changes the
 * connection.
 *
 * `MCPE_ERR_MISUSE` when it is not in flight: its event has come or is on its way.
 */
mcpe_status mcpe_connection_cancel(struct mcpe_connection connection,
                                   int64_t id,
                                   const char *reason,
                                   size_t reason_len,
                                   struct mcpe_now now);

/**
 * Answers a request of the peer; `delivery` is one of `MCPE_DELIVERY_…`. Changes the connection.
 *
 * `MCPE_ERR_MISUSE` when there is no request of that id, or it was answered. With any other failure it still wants its answer.
 */
mcpe_status mcpe_connection_respond(struct mcpe_connection connection,
                                    const struct mcpe_id *id,
                                    const struct mcpe_reply *reply,
                                    struct mcpe_now now,
                                    uint32_t *delivery);

/**
 * Tells how far a request of the peer is. What was told before and not sent yet is replaced. `total` may be `NULL`, and `message` too. Changes
 * the connection.
 *
 * `MCPE_ERR_MISUSE` when there is no such request, and when `value` is not finite or does not increase.
 */
mcpe_status mcpe_connection_progress(struct mcpe_connection connection,
                                     const struct mcpe_id *id,
                                     double value,
                                     const double *total,
                                     const char *message,
                                     size_t message_len,
                                     uint32_t *delivery);

/**
 * Whether the peer waits for the answer to a request of its own: 1 when it was neither answered nor cancelled, else 0. Reads the connection.
 */
mcpe_status mcpe_connection_is_wanted(struct mcpe_connection connection,
                                      const struct mcpe_id *id,
                                      uint32_t *is_wanted);

/**
 * How far the conversation is. Reads the connection.
 */
mcpe_status mcpe_connection_standing(struct mcpe_connection connection, struct mcpe_standing *standing);

/**
 * Appends what the peer has said of itself, one of `MCPE_PEER_…`; `MCPE_NOTHING` when it has not. Reads the connection.
 */
mcpe_status mcpe_connection_peer(struct mcpe_connection connection,
                                 uint32_t what,
                                 struct mcpe_target to,
                                 size_t *written);

/**
 * Appends the settings that the peer has declared for an extension which this side has declared too: an object. Reads the connection and the
 * request.
 *
 * On a server `request` is the one that wants to use it; on a client it is the message of nothing. `MCPE_ERR_MISUSE` when this side has not
 * declared it, `MCPE_ERR_INCOMPATIBLE` when the peer has not.
 */
mcpe_status mcpe_connection_extension(struct mcpe_connection connection,
                                      const char *name,
                                      size_t name_len,
                                      struct mcpe_message request,
                                      struct mcpe_target to,
                                      size_t *written);

/**
 * What was seen so far. Reads the connection.
 */
mcpe_status mcpe_connection_counters(struct mcpe_connection connection, struct mcpe_counters *counters);

/**
 * Makes a decoder. `options` may be `NULL`.
 */
mcpe_status mcpe_decoder_new(const struct mcpe_decoder_options *options, struct mcpe_decoder *decoder);

/**
 * Frees a decoder. Messages that were made from it live on.
 */
mcpe_status mcpe_decoder_free(struct mcpe_decoder decoder);

/**
 * Room to read into, so that nothing is copied; empty when a body is above its limit. Changes the decoder.
 *
 * The memory is the decoder's, initialised, and the caller's to write until the next call on the decoder. Take every message first.
 */
mcpe_status mcpe_decoder_reserve(struct mcpe_decoder decoder,
                                 uint8_t **room,
                                 size_t *room_len);

/**
 * Says that the first `len` bytes of the room were read. Changes the decoder.
 */
mcpe_status mcpe_decoder_commit(struct mcpe_decoder decoder, size_t len);

/**
 * Copies bytes in that are elsewhere. Changes the decoder.
 */
mcpe_status mcpe_decoder_feed(struct mcpe_decoder decoder, const uint8_t *bytes, size_t bytes_len);

/**
 * Says that the stream, or the body, has ended. Changes the decoder.
 *
 * What was read before can still be taken. `MCPE_ERR_FRAME` when something was cut off, which is dropped, and `MCPE_ERR_LIMIT` when it was too long besides.
 */
mcpe_status mcpe_decoder_end(struct mcpe_decoder decoder);

/**
 * The next message, or the next that was refused: `mcpe_message_verdict` tells. Changes the decoder; the message is the caller's to free.
 *
 * `MCPE_NOTHING` when more bytes are needed. `MCPE_EVENT` when the stream had an event that carries no message.
 */
mcpe_status mcpe_decoder_next(struct mcpe_decoder decoder,
                              struct mcpe_message *message);

/**
 * Fills a table with what was read, a row every `stride` bytes. Changes the decoder.
 *
 * This is the fastest way to read: nothing is allocated, and no handles are made. The bytes that rows point to are valid until the next call
 * that changes the decoder; `mcpe_decoder_take` makes a handle of a row that is to be kept. An event that carries no message ends the table.
 * `MCPE_NOTHING` when there is nothing.
 */
mcpe_status mcpe_decoder_drain(struct mcpe_decoder decoder,
                               struct mcpe_item *table,
                               size_t capacity,
                               size_t stride,
                               size_t *count);

/**
 * Makes a handle of a row of the last `mcpe_decoder_drain`. Reads the decoder; the message is the caller's to free.
 *
 * `MCPE_ERR_VALUE` when there is no such row, or it is an event.
 */
mcpe_status mcpe_decoder_take(struct mcpe_decoder decoder, size_t row, struct mcpe_message *message);

/**
 * Hands each item that was read to `callback`, until that returns something else than 0, and says how many it was. Changes the decoder.
 *
 * The decoder is in use meanwhile: calls on it from inside the callback get `MCPE_ERR_BUSY`.
 */
mcpe_status mcpe_decoder_visit(struct mcpe_decoder decoder,
                               mcpe_item_callback callback,
                               void *userdata,
                               size_t *count);

/**
 * The last event that carried no message: its type, empty for `message`, and its data. Reads the decoder.
 *
 * `MCPE_NOTHING` when there was none. Both are valid until the decoder is changed.
 */
mcpe_status mcpe_decoder_event(struct mcpe_decoder decoder, struct mcpe_str *name, struct mcpe_str *content);

/**
 * The id of the last event that had one, to resume behind it. Reads the decoder; valid until it is changed.
 *
 * `MCPE_NOTHING` when there was none, or the stream is not one of events.
 */
mcpe_status mcpe_decoder_last_event_id(struct mcpe_decoder decoder, struct mcpe_str *id);

/**
 * How long the server asked to wait before a reconnection, in milliseconds. Reads the decoder. `MCPE_NOTHING` when it did not.
 */
mcpe_status mcpe_decoder_retry_ms(struct mcpe_decoder decoder,
                                  uint64_t *retry_ms);

/**
 * What was seen so far. Reads the decoder.
 */
mcpe_status mcpe_decoder_counters(struct mcpe_decoder decoder, struct mcpe_counters *counters);

/**
 * Appends a request. `params` is an object, spliced as it is, or `NULL`.
 */
mcpe_status mcpe_encode_request(const struct mcpe_id *id,
                                const char *method,
                                size_t method_len,
                                const char *params,
                                size_t params_len,
                                struct mcpe_target to,
                                size_t *written);

/**
 * Appends a notification. `params` is an object, spliced as it is, or `NULL`.
 */
mcpe_status mcpe_encode_notification(const char *method,
                                     size_t method_len,
                                     const char *params,
                                     size_t params_len,
                                     struct mcpe_target to,
                                     size_t *written);

/**
 * Appends a response. `result` is an object, spliced as it is.
 */
mcpe_status mcpe_encode_response(const struct mcpe_id *id,
                                 const char *result,
                                 size_t result_len,
                                 struct mcpe_target to,
                                 size_t *written);

/**
 * Appends an error response. Without an id, `NULL`, none is written: that of the request could not be read. `content` is any JSON value, spliced
 * as it is, or `NULL`.
 */
mcpe_status mcpe_encode_error(const struct mcpe_id *id,
                              int64_t code,
                              const char *message,
                              size_t message_len,
                              const char *content,
                              size_t content_len,
                              struct mcpe_target to,
                              size_t *written);

/**
 * Appends the response to `tools/call` whose content is one text. `is_error` is 1 when the tool has failed, and 0 when it has not.
 */
mcpe_status mcpe_encode_text_result(const struct mcpe_id *id,
                                    const char *text,
                                    size_t text_len,
                                    uint32_t is_error,
                                    struct mcpe_target to,
                                    size_t *written);

/**
 * Appends messages, each already encoded, as a batch (MCP 2025-03-26).
 */
mcpe_status mcpe_encode_batch(const struct mcpe_str *messages, size_t messages_len, struct mcpe_target to, size_t *written);

/**
 * Appends a server-sent event.
 */
mcpe_status mcpe_encode_event(const struct mcpe_sse *event, struct mcpe_target to, size_t *written);

/**
 * Appends a comment to a stream of events, which keeps its connection alive and means nothing.
 */
mcpe_status mcpe_encode_comment(struct mcpe_target to, size_t *written);

/**
 * Makes an endpoint of the configuration of a server. Revisions of the legacy era are left out of account. `destroy` is called also when this
 * fails.
 */
mcpe_status mcpe_endpoint_new(const struct mcpe_config *config,
                              struct mcpe_endpoint *endpoint);

/**
 * Frees an endpoint. Exchanges and subscriptions live on.
 */
mcpe_status mcpe_endpoint_free(struct mcpe_endpoint endpoint);

/**
 * Another handle for the same configuration: give each thread its own. Reads the endpoint; the copy is the caller's to free. The userdata stays
 * with the first.
 */
mcpe_status mcpe_endpoint_clone(struct mcpe_endpoint endpoint,
                                struct mcpe_endpoint *copy);

/**
 * Takes in the message of a POST. What it is answered with at once is appended to the buffer. Changes the endpoint and the buffer, reads the
 * message.
 *
 * What the decoder has refused gets its status here; answer it by `mcpe_encode_error`.
 */
mcpe_status mcpe_endpoint_accept(struct mcpe_endpoint endpoint,
                                 struct mcpe_message message,
                                 struct mcpe_buffer buffer,
                                 struct mcpe_accepted *accepted,
                                 size_t *written);

/**
 * Frees an exchange. To free one that was not answered is to stop caring.
 */
mcpe_status mcpe_exchange_free(struct mcpe_exchange exchange);

/**
 * The request. Reads the exchange; the message is the caller's to free.
 */
mcpe_status mcpe_exchange_message(struct mcpe_exchange exchange, struct mcpe_message *message);

/**
 * Under which terms the request was made. Reads the exchange.
 */
mcpe_status mcpe_exchange_terms(struct mcpe_exchange exchange, struct mcpe_terms *terms);

/**
 * Appends the settings that the client has declared in this request for an extension which the server has declared too: an object. Reads the
 * exchange.
 */
mcpe_status mcpe_exchange_extension(struct mcpe_exchange exchange,
                                    const char *name,
                                    size_t name_len,
                                    struct mcpe_target to,
                                    size_t *written);

/**
 * Appends how far the request is. `total` and `message` may be `NULL`; `delivery` is one of `MCPE_DELIVERY_…`. Changes the exchange and the buffer.
 */
mcpe_status mcpe_exchange_progress(struct mcpe_exchange exchange,
                                   double value,
                                   const double *total,
                                   const char *message,
                                   size_t message_len,
                                   struct mcpe_buffer buffer,
                                   uint32_t *delivery,
                                   size_t *written);

/**
 * Appends a log message, if the request asks for those of that `MCPE_LEVEL_…`. `logger` may be `NULL`; `content` is any JSON value. Changes the
 * exchange and the buffer.
 */
mcpe_status mcpe_exchange_log(struct mcpe_exchange exchange,
                              uint32_t level,
                              const char *logger,
                              size_t logger_len,
                              const char *content,
                              size_t content_len,
                              struct mcpe_buffer buffer,
                              uint32_t *delivery,
                              size_t *written);

/**
 * Appends another notification that belongs to the request. `params` is an object or `NULL`. Changes the exchange and the buffer.
 */
mcpe_status mcpe_exchange_notify(struct mcpe_exchange exchange,
                                 const char *method,
                                 size_t method_len,
                                 const char *params,
                                 size_t params_len,
                                 struct mcpe_buffer buffer,
                                 size_t *written);

/**
 * Appends the answer, which is the last that is said. `code` is that of the error, and 0 when it is none: the status of HTTP depends on it.
 * Changes the exchange and the buffer.
 *
 * With a failure that is not `MCPE_ERR_MISUSE` the request still wants its answer.
 */
mcpe_status mcpe_exchange_respond(struct mcpe_exchange exchange,
                                  const struct mcpe_reply *reply,
                                  struct mcpe_buffer buffer,
                                  int64_t *code,
                                  size_t *written);

/**
 * Frees a subscription.
 */
mcpe_status mcpe_listening_free(struct mcpe_listening listening);

/**
 * The request. Reads the subscription; the message is the caller's to free.
 */
mcpe_status mcpe_listening_message(struct mcpe_listening listening, struct mcpe_message *message);

/**
 * Appends the acknowledgement, which is the first that is said. Reads the subscription.
 */
mcpe_status mcpe_listening_acknowledge(struct mcpe_listening listening, struct mcpe_target to, size_t *written);

/**
 * Appends the notification of a change; `MCPE_NOTHING` when the subscription is not for it. Reads the subscription.
 */
mcpe_status mcpe_listening_tell(struct mcpe_listening listening,
                                const struct mcpe_change *change,
                                struct mcpe_target to,
                                size_t *written);

/**
 * Appends the result that ends the subscription. Reads it.
 */
mcpe_status mcpe_listening_end(struct mcpe_listening listening, struct mcpe_target to, size_t *written);

/**
 * What the last failure on this thread was, in words: what, whose fault, which rule, and where. Empty when there was none.
 *
 * The text ends with a zero. It belongs to the thread and is valid until the next call of this function on it.
 */
const char *mcpe_error_message(void);

/**
 * What the last failure on this thread was, for programs. `MCPE_NOTHING` when there was none. Reads nothing but what belongs to the thread.
 */
mcpe_status mcpe_error_last(struct mcpe_error *error);

/**
 * The name of a status, like `MCPE_ERR_BUSY`; empty for a number that is none. Static, and ends with a zero.
 */
const char *mcpe_status_name(mcpe_status status);

/**
 * Says what kind of JSON value a text is, one of `MCPE_JSON_…`. `MCPE_ERR_JSON` when it is none: then `mcpe_error_last` has the offset.
 */
mcpe_status mcpe_json_kind(const char *json,
                           size_t json_len,
                           uint32_t *kind);

/**
 * The member of an object. `MCPE_NOTHING` when it has none of that name, or is no object. The value is part of `json`.
 */
mcpe_status mcpe_json_member(const char *json, size_t json_len, const char *name, size_t name_len, struct mcpe_str *value);

/**
 * The element of an array, from 0 on. `MCPE_NOTHING` when there are not so many, or it is no array. The value is part of `json`.
 */
mcpe_status mcpe_json_element(const char *json,
                              size_t json_len,
                              size_t at,
                              struct mcpe_str *value);

/**
 * Hands each member or element to `callback`, until that returns something else than 0, and says how many it was. A value that has none
 * gives 0.
 */
mcpe_status mcpe_json_visit(const char *json,
                            size_t json_len,
                            mcpe_json_callback callback,
                            void *userdata,
                            size_t *count);

/**
 * The integer, when the value is written as one and fits; else `MCPE_NOTHING`.
 */
mcpe_status mcpe_json_integer(const char *json, size_t json_len, int64_t *integer);

/**
 * The nearest floating-point number, when the value is a number and that is finite; else `MCPE_NOTHING`.
 */
mcpe_status mcpe_json_number(const char *json, size_t json_len, double *number);

/**
 * 1 or 0, when the value is a boolean; else `MCPE_NOTHING`.
 */
mcpe_status mcpe_json_boolean(const char *json, size_t json_len, uint32_t *boolean);

/**
 * Appends the text of a string, given with its quotes; `MCPE_NOTHING` when the value is none. No zero is put behind it, and there may be some in it.
 */
mcpe_status mcpe_json_text(const char *json,
                           size_t json_len,
                           struct mcpe_target to,
                           size_t *written);

/**
 * Appends the text that the inside of a JSON string stands for: what the typed readers give.
 */
mcpe_status mcpe_json_unescape(const char *inside, size_t inside_len, struct mcpe_target to, size_t *written);

/**
 * Appends a text as a JSON string, quotes and escapes and all.
 */
mcpe_status mcpe_json_escape(const char *text, size_t text_len, struct mcpe_target to, size_t *written);

/**
 * Reads one message from memory, which is copied. The message is the caller's to free.
 */
mcpe_status mcpe_message_parse(const char *text, size_t text_len, struct mcpe_message *message);

/**
 * Frees a message. What points into its bytes is no longer valid.
 */
mcpe_status mcpe_message_free(struct mcpe_message message);

/**
 * Another handle of the same message, which shares its bytes. Reads the message; the copy is the caller's to free.
 */
mcpe_status mcpe_message_clone(struct mcpe_message message, struct mcpe_message *copy);

/**
 * The same message with bytes of its own, so that it keeps no arena alive: for one that is kept for long. Reads the message; the copy is
 * the caller's to free.
 */
mcpe_status mcpe_message_detach(struct mcpe_message message,
                                struct mcpe_message *copy);

/**
 * `MCPE_OK` for a message, and why it was refused for what is none. Reads the message.
 */
mcpe_status mcpe_message_verdict(struct mcpe_message message);

/**
 * The bytes, as the peer wrote them, without a line end. Of what was refused, as much as was kept. Reads the message; valid until it is freed.
 *
 * `MCPE_NOTHING` when nothing was kept.
 */
mcpe_status mcpe_message_bytes(struct mcpe_message message,
                               struct mcpe_str *bytes);

/**
 * The index: what kind of message it is, and where everything in it stands. Reads the message.
 */
mcpe_status mcpe_message_index(struct mcpe_message message, struct mcpe_msg_index *index);

/**
 * Verdict, index and bytes at once: the row that `mcpe_decoder_drain` writes. Reads the message; its bytes are valid until it is freed.
 *
 * `MCPE_OK` as well for what was refused: `item->status` is the verdict.
 */
mcpe_status mcpe_message_item(struct mcpe_message message,
                              struct mcpe_item *item);

/**
 * The id, when there is one that MCP allows; else `MCPE_NOTHING`. Reads the message; valid until it is freed.
 */
mcpe_status mcpe_message_id(struct mcpe_message message, struct mcpe_id *id);

/**
 * The progress token of a request or of a progress notification, or the id that a cancellation names; `MCPE_NOTHING` without one. Reads the
 * message; valid until it is freed.
 */
mcpe_status mcpe_message_token(struct mcpe_message message,
                               struct mcpe_id *token);

/**
 * One part of the message, one of `MCPE_PART_…`: a JSON value as it is spelled. `MCPE_NOTHING` when the message has none. Reads the message;
 * valid until it is freed.
 */
mcpe_status mcpe_message_part(struct mcpe_message message,
                              uint32_t part,
                              struct mcpe_str *value);

/**
 * The name of a method, by its number. Static. `MCPE_NOTHING` when no method has the number.
 */
mcpe_status mcpe_method_name(uint32_t method, struct mcpe_str *name);

/**
 * The number of a method, by its name. `MCPE_NOTHING` when MCP has no such method.
 */
mcpe_status mcpe_method_number(const char *name, size_t name_len, uint32_t *method);

/**
 * The name of a revision, by its number, like `2025-11-25`. Static. `MCPE_NOTHING` when none has the number.
 */
mcpe_status mcpe_revision_name(uint32_t revision, struct mcpe_str *name);

/**
 * The number of a revision, by its name. `MCPE_NOTHING` when there is no such revision.
 */
mcpe_status mcpe_revision_number(const char *name, size_t name_len, uint32_t *revision);

/**
 * Makes a scheduler without keys. `options` may be `NULL`. `destroy` is called also when this fails.
 */
mcpe_status mcpe_scheduler_new(const struct mcpe_scheduler_options *options, struct mcpe_scheduler *scheduler);

/**
 * Frees a scheduler and everything in it. Permits that are out can still be given back, to nobody.
 */
mcpe_status mcpe_scheduler_free(struct mcpe_scheduler scheduler);

/**
 * When `mcpe_scheduler_handle_timeout` wants to be called, if nothing else is before that; `MCPE_NOTHING` for never. It may be a little early, never
 * late. Reads the scheduler.
 */
mcpe_status mcpe_scheduler_poll_timeout(struct mcpe_scheduler scheduler,
                                        uint64_t *mono_ns);

/**
 * Does what was due by now. Changes the scheduler.
 */
mcpe_status mcpe_scheduler_handle_timeout(struct mcpe_scheduler scheduler, uint64_t now_ns);

/**
 * How much there is, and what has happened so far. Reads the scheduler.
 */
mcpe_status mcpe_scheduler_totals(struct mcpe_scheduler scheduler, struct mcpe_totals *totals);

/**
 * Opens a key: a queue of its own and a share of what runs. `options` may be `NULL`. Changes the scheduler.
 */
mcpe_status mcpe_scheduler_open_key(struct mcpe_scheduler scheduler, const struct mcpe_key_options *options, uint64_t *key);

/**
 * Removes a key that no task names any more. Changes the scheduler.
 */
mcpe_status mcpe_scheduler_close_key(struct mcpe_scheduler scheduler, uint64_t key);

/**
 * How many tasks of a key wait, and how many run. Reads the scheduler.
 */
mcpe_status mcpe_scheduler_load(struct mcpe_scheduler scheduler, uint64_t key, struct mcpe_load *load);

/**
 * Opens a quota. `options` may be `NULL`. Changes the scheduler.
 */
mcpe_status mcpe_scheduler_open_quota(struct mcpe_scheduler scheduler, const struct mcpe_quota_options *options, uint64_t *quota);

/**
 * Removes a quota that no key counts against. Changes the scheduler.
 */
mcpe_status mcpe_scheduler_close_quota(struct mcpe_scheduler scheduler, uint64_t quota);

/**
 * Adds a retry policy for the names that a pattern stands for: a name, the end of a dotted name, a prefix with `*` behind it, or `*`. `policy` may be
 * `NULL`. Changes the scheduler.
 */
mcpe_status mcpe_scheduler_set_policy(struct mcpe_scheduler scheduler,
                                      const char *pattern,
                                      size_t pattern_len,
                                      const struct mcpe_policy *policy,
                                      uint32_t *id);

/**
 * The policy for a name; 0, which is one attempt, when no pattern stands for it. Reads the scheduler.
 */
mcpe_status mcpe_scheduler_policy_of(struct mcpe_scheduler scheduler, const char *name, size_t name_len, uint32_t *id);

/**
 * Makes a permit of what was handed out, so that it can be given back from any thread, and no longer by `mcpe_scheduler_complete`. Reads the
 * scheduler; the permit is the caller's.
 */
mcpe_status mcpe_permit_new(struct mcpe_scheduler scheduler,
                            const struct mcpe_ready *ready,
                            struct mcpe_permit *permit);

/**
 * The task is done. The permit is used up.
 */
mcpe_status mcpe_permit_succeed(struct mcpe_permit permit);

/**
 * The attempt has failed; the policy of the task says whether there is another. `failure` may be `NULL`. The permit is used up.
 */
mcpe_status mcpe_permit_fail(struct mcpe_permit permit,
                             const struct mcpe_failure *failure);

/**
 * Frees a permit: the attempt was abandoned.
 */
mcpe_status mcpe_permit_free(struct mcpe_permit permit);

/**
 * Takes back all permits that have come, and says how many. Changes the scheduler.
 */
mcpe_status mcpe_scheduler_collect(struct mcpe_scheduler scheduler, uint64_t now_ns, size_t *count);

/**
 * The next task that may run; `MCPE_NOTHING` when none may. Changes the scheduler.
 */
mcpe_status mcpe_scheduler_poll_ready(struct mcpe_scheduler scheduler, uint64_t now_ns, struct mcpe_ready *ready);

/**
 * The next thing that the driver has to know of; `MCPE_NOTHING` when there is none. Changes the scheduler.
 */
mcpe_status mcpe_scheduler_poll_event(struct mcpe_scheduler scheduler, struct mcpe_task_event *event);

/**
 * Takes back what was handed out, and with it the permit. `completion` is one of `MCPE_COMPLETION_…`; `failure` counts for one that failed, and may
 * be `NULL`. Changes the scheduler.
 */
mcpe_status mcpe_scheduler_complete(struct mcpe_scheduler scheduler,
                                    uint64_t task,
                                    uint32_t completion,
                                    const struct mcpe_failure *failure,
                                    uint64_t now_ns,
                                    struct mcpe_settled *settled);

/**
 * Cancels a task or a scope with everything below it. `outcome` is how it ends, one of `MCPE_OUTCOME_…`: it may have ended before. Changes the
 * scheduler.
 */
mcpe_status mcpe_scheduler_cancel(struct mcpe_scheduler scheduler,
                                  uint64_t task,
                                  uint64_t now_ns,
                                  uint32_t *outcome);

/**
 * Holds back a task or a scope with everything below it, also what is submitted later. Changes the scheduler.
 */
mcpe_status mcpe_scheduler_pause(struct mcpe_scheduler scheduler, uint64_t task, uint64_t now_ns);

/**
 * Lets go on what was paused. Changes the scheduler.
 */
mcpe_status mcpe_scheduler_resume(struct mcpe_scheduler scheduler, uint64_t task, uint64_t now_ns);

/**
 * Where a task stands, one of `MCPE_STATE_…`. Reads the scheduler.
 */
mcpe_status mcpe_scheduler_state(struct mcpe_scheduler scheduler, uint64_t task, uint32_t *state);

/**
 * Takes a task in, and gives its id. Changes the scheduler.
 */
mcpe_status mcpe_scheduler_submit(struct mcpe_scheduler scheduler, const struct mcpe_task *task, uint64_t now_ns, uint64_t *id);

/**
 * Takes a task in and hands it out at once, if nothing has to wait for it and it for nothing. `MCPE_NOTHING` means that it has to be submitted, and
 * nothing has changed. Changes the scheduler.
 */
mcpe_status mcpe_scheduler_try_start(struct mcpe_scheduler scheduler,
                                     const struct mcpe_task *task,
                                     uint64_t now_ns,
                                     struct mcpe_ready *ready);

/**
 * Opens a scope: a parent for tasks that belong together. `parent` and `deadline_ns` may be 0. Changes the scheduler.
 */
mcpe_status mcpe_scheduler_open_scope(struct mcpe_scheduler scheduler,
                                      uint64_t tag,
                                      uint64_t parent,
                                      uint64_t deadline_ns,
                                      uint64_t *scope);

/**
 * Takes no more children into a scope. It ends, with success, when the last one is gone. Changes the scheduler.
 */
mcpe_status mcpe_scheduler_close_scope(struct mcpe_scheduler scheduler, uint64_t scope, uint64_t now_ns);

/**
 * The parameters of a `tools/call` request that names a tool; `MCPE_NOTHING` for other messages. Reads the message; valid until it is freed.
 */
mcpe_status mcpe_message_call(struct mcpe_message message,
                              struct mcpe_call *call);

/**
 * The result of a response, read as one of `tools/call`: the caller knows which request it answers. `MCPE_NOTHING` for other messages. Reads
 * the message; valid until it is freed.
 */
mcpe_status mcpe_message_call_result(struct mcpe_message message,
                                     struct mcpe_call_result *result);

/**
 * Content blocks of the result of a tool, from number `from` on, as many as there are rows; `MCPE_NOTHING` when there are no more. Reads the
 * message; valid until it is freed.
 */
mcpe_status mcpe_message_blocks(struct mcpe_message message,
                                size_t from,
                                struct mcpe_block *table,
                                size_t capacity,
                                size_t stride,
                                size_t *count);

/**
 * The parameters of a progress notification whose token and progress are sound; `MCPE_NOTHING` for other messages. Reads the message; valid until
 * it is freed.
 */
mcpe_status mcpe_message_progress(struct mcpe_message message,
                                  struct mcpe_progress *progress);

/**
 * The error of an error response; `MCPE_NOTHING` for other messages. Reads the message; valid until it is freed.
 */
mcpe_status mcpe_message_error(struct mcpe_message message, struct mcpe_error_object *error);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus


/** A text that ends with a zero, without it. */
static inline mcpe_str mcpe_text(const char *text) {
  mcpe_str made = {text, 0};
  if (text) {
    while (text[made.len]) made.len++;
  }
  return made;
}

/** Appends to a buffer. */
static inline mcpe_target mcpe_to_buffer(mcpe_buffer buffer) {
  mcpe_target made = {{0, 0}, NULL, 0};
  made.buffer = buffer;
  return made;
}

/** Writes to memory of the caller's, all of it or nothing. */
static inline mcpe_target mcpe_to_memory(void *ptr, size_t capacity) {
  mcpe_target made = {{0, 0}, NULL, 0};
  made.ptr = (uint8_t *)ptr;
  made.capacity = capacity;
  return made;
}

MCPE_ASSERT(sizeof(mcpe_span) == 8, "the layout of mcpe_span");
MCPE_ASSERT(sizeof(mcpe_msg_index) == 128, "the layout of mcpe_msg_index");
MCPE_ASSERT(offsetof(mcpe_msg_index, base) == 0, "the layout of mcpe_msg_index");
MCPE_ASSERT(offsetof(mcpe_msg_index, len) == 8, "the layout of mcpe_msg_index");
MCPE_ASSERT(offsetof(mcpe_msg_index, kind) == 12, "the layout of mcpe_msg_index");
MCPE_ASSERT(offsetof(mcpe_msg_index, token_tag) == 15, "the layout of mcpe_msg_index");
MCPE_ASSERT(offsetof(mcpe_msg_index, id_int) == 16, "the layout of mcpe_msg_index");
MCPE_ASSERT(offsetof(mcpe_msg_index, token_int) == 24, "the layout of mcpe_msg_index");
MCPE_ASSERT(offsetof(mcpe_msg_index, flags) == 32, "the layout of mcpe_msg_index");
MCPE_ASSERT(offsetof(mcpe_msg_index, blocks) == 38, "the layout of mcpe_msg_index");
MCPE_ASSERT(offsetof(mcpe_msg_index, id) == 40, "the layout of mcpe_msg_index");
MCPE_ASSERT(offsetof(mcpe_msg_index, method) == 48, "the layout of mcpe_msg_index");
MCPE_ASSERT(offsetof(mcpe_msg_index, payload) == 56, "the layout of mcpe_msg_index");
MCPE_ASSERT(offsetof(mcpe_msg_index, meta) == 64, "the layout of mcpe_msg_index");
MCPE_ASSERT(offsetof(mcpe_msg_index, block) == 120, "the layout of mcpe_msg_index");
MCPE_ASSERT(sizeof(mcpe_item) == 144, "the layout of mcpe_item");
MCPE_ASSERT(sizeof(mcpe_str) == 16, "the layout of mcpe_str");
MCPE_ASSERT(sizeof(mcpe_config) == 184, "the layout of mcpe_config");

#ifdef MCPE_FULL
/**
 * `HOME`, `LOGNAME`, `PATH`, `SHELL`, `TERM` and `USER`.
 */
#define MCPE_ENVIRONMENT_SHORT 0

/**
 * Nothing.
 */
#define MCPE_ENVIRONMENT_NOTHING 1

/**
 * All of our environment.
 */
#define MCPE_ENVIRONMENT_ALL 2

/**
 * The end of it is kept, and nothing else.
 */
#define MCPE_STDERR_KEEP 0

/**
 * It is written to our own standard error, too.
 */
#define MCPE_STDERR_PASS_ON 1

/**
 * It is being worked on.
 */
#define MCPE_TASK_WORKING 1

/**
 * It cannot go on without input of the client.
 */
#define MCPE_TASK_INPUT_REQUIRED 2

/**
 * It has a result.
 */
#define MCPE_TASK_COMPLETED 3

/**
 * It has an error; until MCP 2025-11-25 also where the result says that the tool has failed.
 */
#define MCPE_TASK_FAILED 4

/**
 * It was called off.
 */
#define MCPE_TASK_CANCELLED 5

/**
 * The user is asked: `params` are those of `elicitation/create`.
 */
#define MCPE_INPUT_ELICITATION 1

/**
 * The language model is asked: `params` are those of `sampling/createMessage`.
 */
#define MCPE_INPUT_SAMPLING 2

/**
 * The roots are asked for: `params` are `NULL`.
 */
#define MCPE_INPUT_ROOTS 3

/**
 * What it has stays as it is, and clients are not told of anything.
 */
#define MCPE_CHANGES_NONE 0

/**
 * Clients may ask to be told of what `mcpe_server_publish` says.
 */
#define MCPE_CHANGES_TOLD 1

/**
 * Something may be added and removed while it is served, of which clients are told.
 */
#define MCPE_CHANGES_CONTENTS 2

/**
 * Calls of the tool never run as tasks, unless its `definition` says so.
 */
#define MCPE_TASK_SUPPORT_NONE 0

/**
 * They do for clients that can poll them.
 */
#define MCPE_TASK_SUPPORT_OPTIONAL 1

/**
 * They do in any case: clients that cannot poll them are refused.
 */
#define MCPE_TASK_SUPPORT_REQUIRED 2

/**
 * A name and a value: of a variable, or of a header.
 */
typedef struct mcpe_pair {
  /**
   * The name.
   */
  mcpe_str name;
  /**
   * The value.
   */
  mcpe_str value;
} mcpe_pair;

/**
 * The right, and the duty, to answer one request: a callback gets it, and whichever thread has the answer uses it up by one of
 * `mcpe_responder_reply`, `_reply_text`, `_fail` and `_require`. Freed without an answer, it answers with an error.
 */
typedef struct mcpe_responder {
  /**
   * Its place.
   */
  uint32_t slot;
  /**
   * What tells it from others in the same place.
   */
  uint32_t generation;
} mcpe_responder;

/**
 * Answers something: a call of a tool, a request for a resource or a prompt, or what a server asks its client.
 *
 * `name` is that of the tool or the prompt, the URI of the resource, or the method; `arguments` is a JSON object. Both are valid until the callback
 * returns; the responder until it was used up, by whichever thread: at once or later. It is called on a thread of the library for that, on several
 * at the same time, and may call every function there is.
 */
typedef void (*mcpe_serve_callback)(void *userdata,
                                    struct mcpe_responder responder,
                                    mcpe_str name,
                                    mcpe_str arguments);

/**
 * Hears a notification. Both texts are valid until it returns. Those of one client, steps of progress and the ends of calls come one after the other.
 */
typedef void (*mcpe_notification_callback)(void *userdata, mcpe_str method, mcpe_str params);

/**
 * How a client is opened: `argv` or `url` says where its server is. Zero in any other member is its default.
 */
typedef struct mcpe_client_options {
  /**
   * `sizeof(mcpe_client_options)`.
   */
  size_t size;
  /**
   * The program and its arguments, which no shell looks at.
   */
  const mcpe_str *argv;
  /**
   * How many those are.
   */
  size_t argv_len;
  /**
   * Variables of its environment.
   */
  const struct mcpe_pair *env;
  /**
   * How many those are.
   */
  size_t env_len;
  /**
   * Where it is started; by default where we are.
   */
  mcpe_str directory;
  /**
   * The URL of the server, `http` or `https`.
   */
  mcpe_str url;
  /**
   * Headers of every request.
   */
  const struct mcpe_pair *headers;
  /**
   * How many those are.
   */
  size_t headers_len;
  /**
   * What the program inherits: one of `MCPE_ENVIRONMENT_…`.
   */
  uint32_t environment;
  /**
   * What becomes of its standard error: one of `MCPE_STDERR_…`.
   */
  uint32_t standard_error;
  /**
   * The name of the client. Default `mcp-engine`.
   */
  mcpe_str name;
  /**
   * Its version. Default that of the library.
   */
  mcpe_str version;
  /**
   * The revisions that are spoken: `1 << MCPE_REVISION_…` for each. 0 for all.
   */
  uint32_t revisions;
  /**
   * How many notifications and steps of progress may wait for callbacks to return; those beyond are left out. Default 1,024.
   */
  uint32_t queue;
  /**
   * How many callbacks that answer may run at a time, at most 256; others wait. Default 64.
   */
  uint32_t callbacks;
  /**
   * How many calls that end in a callback may be under way. Default 4,096.
   */
  uint32_t calls;
  /**
   * How long a request may be without a sign of life, in nanoseconds. Default a minute; `MCPE_FOREVER` for no limit.
   */
  uint64_t idle_ns;
  /**
   * How long to open it may take, in nanoseconds. Default a minute.
   */
  uint64_t open_ns;
  /**
   * Bounds on what the connection holds; `NULL` for the defaults.
   */
  const mcpe_limits *limits;
  /**
   * The roots: an array as in the schema. None is none.
   */
  mcpe_str roots;
  /**
   * Asks a language model when the server wants it, and answers with a `CreateMessageResult`; may be `NULL`.
   */
  mcpe_serve_callback sampling;
  /**
   * Asks the user when the server wants it, and answers with an `ElicitResult`; may be `NULL`.
   */
  mcpe_serve_callback elicitation;
  /**
   * Hears what the server says that belongs to no call, log messages among it; may be `NULL`.
   */
  mcpe_notification_callback notification;
  /**
   * What all of them are called with.
   */
  void *userdata;
  /**
   * Is called with `userdata` when the last callback has returned, or the client could not be opened; may be `NULL`.
   */
  mcpe_destructor destroy;
  /**
   * Says which roots there are each time that the server wants to know, in place of `roots`: answers with a `ListRootsResult`; may be `NULL`.
   */
  mcpe_serve_callback list_roots;
  /**
   * Not 0 to let the server run calls of tools as tasks (the extension of MCP 2026-07-28). `mcpe_client_call_tool` waits for those, and
   * `mcpe_client_start_tool` does not.
   */
  uint32_t tasks;
  /**
   * 0.
   */
  uint32_t reserved;
} mcpe_client_options;

/**
 * A client with its connection.
 */
typedef struct mcpe_client {
  /**
   * Its place.
   */
  uint32_t slot;
  /**
   * What tells it from others in the same place.
   */
  uint32_t generation;
} mcpe_client;

/**
 * Hears how far a call is. `total` is 0 where it is not known. The text is valid until it returns.
 */
typedef void (*mcpe_progress_callback)(void *userdata, double progress, double total, mcpe_str message);

/**
 * How a call is made. Zero in a member is its default.
 */
typedef struct mcpe_call_options {
  /**
   * `sizeof(mcpe_call_options)`.
   */
  size_t size;
  /**
   * What `mcpe_client_cancel` calls it off by; 0 for nothing.
   */
  uint64_t tag;
  /**
   * How long it may take in all, in nanoseconds. 0 for no limit but that of the connection.
   */
  uint64_t timeout_ns;
  /**
   * How long there may be no sign of life, in nanoseconds. 0 for what holds for the client.
   */
  uint64_t idle_ns;
  /**
   * The mildest log messages that are wanted while it lasts, one of `MCPE_LEVEL_…` (MCP 2026-07-28); 0 for none.
   */
  uint32_t level;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * Hears of progress; may be `NULL`. A call that waits calls it on the thread that waits.
   */
  mcpe_progress_callback progress;
  /**
   * What it is called with, until the call has come to its end.
   */
  void *userdata;
  /**
   * How long a task is to be kept for the call, from its beginning on, in nanoseconds (`mcpe_client_start_tool`, MCP 2025-11-25). 0 for as long as the
   * server likes.
   */
  uint64_t task_ttl_ns;
} mcpe_call_options;

/**
 * Hears what a call has come to: `status` is what the call that waits would have returned, and `result` what it would have appended, valid until it
 * returns. After a failure, `mcpe_error_message` and `mcpe_error_last` tell more inside of it.
 */
typedef void (*mcpe_done_callback)(void *userdata, mcpe_status status, mcpe_str result);

/**
 * A call of a tool that may be a task of the server.
 */
typedef struct mcpe_client_task {
  /**
   * Its place.
   */
  uint32_t slot;
  /**
   * What tells it from others in the same place.
   */
  uint32_t generation;
} mcpe_client_task;

/**
 * How large a pool is. Zero in a member is its default.
 */
typedef struct mcpe_pool_options {
  /**
   * `sizeof(mcpe_pool_options)`.
   */
  size_t size;
  /**
   * Threads, at most 1,024: as many jobs run at a time. Default 4.
   */
  uint32_t threads;
  /**
   * How many jobs may wait for their turn. Default 4,096.
   */
  uint32_t queued;
} mcpe_pool_options;

/**
 * A pool of workers.
 */
typedef struct mcpe_pool {
  /**
   * Its place.
   */
  uint32_t slot;
  /**
   * What tells it from others in the same place.
   */
  uint32_t generation;
} mcpe_pool;

/**
 * A job. It may call every function there is.
 */
typedef void (*mcpe_job_callback)(void *userdata);

/**
 * Who asks, and under which terms.
 */
typedef struct mcpe_asker {
  /**
   * The `MCPE_REVISION_…` in which it was asked.
   */
  uint32_t revision;
  /**
   * What the client can do, bits of `MCPE_CAPABILITY_…`.
   */
  uint32_t capabilities;
  /**
   * The mildest log messages that it wants, one of `MCPE_LEVEL_…`; 0 for none.
   */
  uint32_t level;
  /**
   * 0.
   */
  uint32_t reserved;
} mcpe_asker;

/**
 * Bounds on the tasks of a server. Zero in a member is its default.
 */
typedef struct mcpe_task_limits {
  /**
   * `sizeof(mcpe_task_limits)`.
   */
  size_t size;
  /**
   * Most tasks. Default 10,000.
   */
  uint32_t tasks;
  /**
   * Most tasks of one principal; who has no name counts as one. Default 1,000.
   */
  uint32_t tasks_per_principal;
  /**
   * How many callbacks may run for tasks at a time, beside those that run for requests, at most 4,096; other tasks wait. Default 64.
   */
  uint32_t callbacks;
  /**
   * Longest result or error of one task, in bytes. Default 16 MiB.
   */
  uint32_t result_bytes;
  /**
   * Most requests that wait for the result of a task. Default 1,024.
   */
  uint32_t waiters;
  /**
   * Most of those of one principal. Default 256.
   */
  uint32_t waiters_per_principal;
  /**
   * Most bytes of text that all tasks hold: results, questions, messages. Default 256 MiB.
   */
  uint64_t bytes;
  /**
   * How long a task is kept from its beginning on when its client wants nothing else, in nanoseconds. Default one hour.
   */
  uint64_t ttl_ns;
  /**
   * The longest that a client may want, in nanoseconds. Default one day.
   */
  uint64_t longest_ttl_ns;
  /**
   * How often clients are told to poll, in nanoseconds. Default one second.
   */
  uint64_t poll_ns;
} mcpe_task_limits;

/**
 * What a server says of itself. Zero in a member is its default.
 */
typedef struct mcpe_server_options {
  /**
   * `sizeof(mcpe_server_options)`.
   */
  size_t size;
  /**
   * Its name.
   */
  mcpe_str name;
  /**
   * Its version.
   */
  mcpe_str version;
  /**
   * How it wants to be used, if it says so.
   */
  mcpe_str instructions;
  /**
   * The revisions that are spoken: `1 << MCPE_REVISION_…` for each. 0 for all.
   */
  uint32_t revisions;
  /**
   * How many callbacks may run at a time, at most 4,096; other requests wait. Default 64.
   */
  uint32_t callbacks;
  /**
   * Not 0 when it sends log messages.
   */
  uint32_t logging;
  /**
   * One of `MCPE_CHANGES_…`.
   */
  uint32_t changes;
  /**
   * How long requests of its own may be without a sign of life, in nanoseconds. Default a minute; `MCPE_FOREVER` for no limit.
   */
  uint64_t idle_ns;
  /**
   * Bounds on what a connection holds; `NULL` for the defaults.
   */
  const mcpe_limits *limits;
  /**
   * Completes arguments: gets the parameters of `completion/complete`, and answers with a `CompleteResult`. May be `NULL`.
   */
  mcpe_serve_callback complete;
  /**
   * What it is called with.
   */
  void *userdata;
  /**
   * Is called with `userdata` when the server and everything that it serves are gone; may be `NULL`.
   */
  mcpe_destructor destroy;
  /**
   * Bounds on its tasks, which may all be defaults; `NULL` for a server without tasks.
   */
  const struct mcpe_task_limits *tasks;
} mcpe_server_options;

/**
 * A server.
 */
typedef struct mcpe_server {
  /**
   * Its place.
   */
  uint32_t slot;
  /**
   * What tells it from others in the same place.
   */
  uint32_t generation;
} mcpe_server;

/**
 * Something that a server has, and who answers for it.
 */
typedef struct mcpe_part {
  /**
   * `sizeof(mcpe_part)`.
   */
  size_t size;
  /**
   * The name of a tool or a prompt, the URI of a resource, or the URI template of a family.
   */
  mcpe_str name;
  /**
   * What it is, for a model to read; none where nothing is said.
   */
  mcpe_str description;
  /**
   * JSON Schema of the arguments of a tool, whose `type` is `object`. Default `{"type":"object"}`.
   */
  mcpe_str input_schema;
  /**
   * JSON Schema of the structured result of a tool; none where nothing is said.
   */
  mcpe_str output_schema;
  /**
   * Any further members of its definition as in the schema, such as `title`, `annotations`, `mimeType` or the `arguments` of a prompt: an object. One that
   * a member of this struct has said already is `MCPE_ERR_VALUE`.
   */
  mcpe_str definition;
  /**
   * How many calls of a tool may run at a time; 0 for no limit of its own.
   */
  uint32_t concurrency;
  /**
   * Whether calls of a tool run as tasks, on a server whose options say `tasks`: one of `MCPE_TASK_SUPPORT_…`.
   */
  uint32_t task;
  /**
   * Answers for it: with a `CallToolResult`, a `GetPromptResult`, or a `ReadResourceResult`. Its arguments are those of the call, or the values of
   * the variables of a template.
   */
  mcpe_serve_callback serve;
  /**
   * What it is called with.
   */
  void *userdata;
  /**
   * Is called with `userdata` when the last call has returned and it was removed, or could not be added; may be `NULL`.
   */
  mcpe_destructor destroy;
  /**
   * What is asked of the client before a call becomes a task (MCP 2026-07-28): an object like the `inputRequests` of a result. When the callback wants the
   * same by the same keys, it is known already. None is nothing.
   */
  mcpe_str ask_first;
} mcpe_part;

/**
 * How a server is served over HTTP. Zero in a member is its default.
 */
typedef struct mcpe_http_options {
  /**
   * `sizeof(mcpe_http_options)`.
   */
  size_t size;
  /**
   * The address and the port, such as `127.0.0.1:8080`; port 0 takes one that is free. Default `127.0.0.1:0`.
   */
  mcpe_str address;
  /**
   * The path of the endpoint, as a URL has it, without a query. Default `/mcp`.
   */
  mcpe_str path;
  /**
   * Hosts that are answered beside the loopback names: `example.com`, `example.com:8080`, or `example.com:*`.
   */
  const mcpe_str *hosts;
  /**
   * How many those are.
   */
  size_t hosts_len;
  /**
   * Pages of these origins are answered beside those of loopback names: `https://example.com`.
   */
  const mcpe_str *origins;
  /**
   * How many those are.
   */
  size_t origins_len;
  /**
   * Not 0 to serve HTTP+SSE, the transport of 2024-11-05, at `/sse` and `/messages`.
   */
  uint32_t http_sse;
  /**
   * 0.
   */
  uint32_t reserved;
} mcpe_http_options;

/**
 * What has become of the tasks of a server so far.
 */
typedef struct mcpe_task_counters {
  /**
   * Tasks that were created.
   */
  uint64_t created;
  /**
   * Those that ended with a result, in the extension also with one that says `isError`.
   */
  uint64_t completed;
  /**
   * Those that failed.
   */
  uint64_t failed;
  /**
   * Those that were cancelled.
   */
  uint64_t cancelled;
  /**
   * Those whose time to live ended, in whatever status.
   */
  uint64_t expired;
  /**
   * What was refused: requests beyond a limit of the tasks, and those about tasks that there are not.
   */
  uint64_t refused;
} mcpe_task_counters;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Starts a program, or connects to a URL, and waits until the handshake is finished. `destroy` is called also when this fails.
 *
 * `MCPE_ERR_UNREACHABLE` when the server cannot be started or reached; when a program ends at once, the words say what it wrote to its standard error.
 */
mcpe_status mcpe_client_open(const struct mcpe_client_options *options,
                             struct mcpe_client *client);

/**
 * Frees a client: what waits fails with `MCPE_ERR_CLOSED`, and the program that was started for it ends. Does not wait for that.
 */
mcpe_status mcpe_client_free(struct mcpe_client client);

/**
 * Says good-bye, and waits until the connection is closed and the program has ended. What waits fails with `MCPE_ERR_CLOSED`. The client is still to
 * be freed. Reads the client.
 */
mcpe_status mcpe_client_close(struct mcpe_client client);

/**
 * The `MCPE_REVISION_…` that is spoken. Reads the client.
 */
mcpe_status mcpe_client_revision(struct mcpe_client client, uint32_t *revision);

/**
 * Appends what the server says of itself: an object with `protocolVersion`, `serverInfo`, `capabilities`, and `instructions` if there are any. Reads the
 * client.
 */
mcpe_status mcpe_client_server(struct mcpe_client client,
                               mcpe_target to,
                               size_t *written);

/**
 * Appends the last that the program has written to its standard error; `MCPE_NOTHING` where there is no program. Bytes that are not UTF-8 are
 * replaced. Reads the client.
 */
mcpe_status mcpe_client_stderr(struct mcpe_client client,
                               mcpe_target to,
                               size_t *written);

/**
 * How many notifications and steps of progress were left out, for callbacks have not returned in time. Reads the client.
 */
mcpe_status mcpe_client_dropped(struct mcpe_client client,
                                uint64_t *dropped);

/**
 * Appends all tools, of all pages: an array. Waits. Reads the client.
 */
mcpe_status mcpe_client_list_tools(struct mcpe_client client, mcpe_target to, size_t *written);

/**
 * Appends all prompts, of all pages: an array. Waits. Reads the client.
 */
mcpe_status mcpe_client_list_prompts(struct mcpe_client client, mcpe_target to, size_t *written);

/**
 * Appends all resources, of all pages: an array. Waits. Reads the client.
 */
mcpe_status mcpe_client_list_resources(struct mcpe_client client, mcpe_target to, size_t *written);

/**
 * Appends all families of resources, of all pages: an array. Waits. Reads the client.
 */
mcpe_status mcpe_client_list_resource_templates(struct mcpe_client client, mcpe_target to, size_t *written);

/**
 * Appends what a resource holds: a `ReadResourceResult`. Waits. Reads the client.
 */
mcpe_status mcpe_client_read_resource(struct mcpe_client client,
                                      const char *uri,
                                      size_t uri_len,
                                      mcpe_target to,
                                      size_t *written);

/**
 * Appends a prompt, filled in: a `GetPromptResult`. `arguments` is an object of strings, or `NULL`. Waits. Reads the client.
 */
mcpe_status mcpe_client_get_prompt(struct mcpe_client client,
                                   const char *name,
                                   size_t name_len,
                                   const char *arguments,
                                   size_t arguments_len,
                                   mcpe_target to,
                                   size_t *written);

/**
 * Appends what could stand in an argument: a `CompleteResult`. `params` are those of `completion/complete`. Waits. Reads the client.
 */
mcpe_status mcpe_client_complete(struct mcpe_client client,
                                 const char *params,
                                 size_t params_len,
                                 mcpe_target to,
                                 size_t *written);

/**
 * Asks anything, and appends the result: an object. `params` is an object or `NULL`; `options` may be `NULL`, and their `progress` is not called. Waits.
 * Reads the client.
 */
mcpe_status mcpe_client_request(struct mcpe_client client,
                                const char *method,
                                size_t method_len,
                                const char *params,
                                size_t params_len,
                                const struct mcpe_call_options *options,
                                mcpe_target to,
                                size_t *written);

/**
 * Says something to the server. `params` is an object or `NULL`. Reads the client.
 */
mcpe_status mcpe_client_notify(struct mcpe_client client,
                               const char *method,
                               size_t method_len,
                               const char *params,
                               size_t params_len);

/**
 * Tells the server that the roots are others now, so that it asks for them again (until MCP 2025-11-25; later it asks whenever it needs them, and this does
 * nothing). Reads the client.
 */
mcpe_status mcpe_client_roots_changed(struct mcpe_client client);

/**
 * Finds out whether the server is there. Waits. Reads the client.
 */
mcpe_status mcpe_client_ping(struct mcpe_client client);

/**
 * Wants log messages of that `MCPE_LEVEL_…` and above, for the rest of the connection (until MCP 2025-11-25; later each call says it). Waits. Reads the
 * client.
 */
mcpe_status mcpe_client_set_level(struct mcpe_client client,
                                  uint32_t level);

/**
 * Calls a tool, and appends its result: a `CallToolResult`, also where the tool has failed. `arguments` is an object, or `NULL` for an empty one; `options`
 * may be `NULL`. Waits. Reads the client.
 *
 * Memory that is too small for the result (`MCPE_ERR_CAPACITY`) loses it: a buffer is not.
 */
mcpe_status mcpe_client_call_tool(struct mcpe_client client,
                                  const char *name,
                                  size_t name_len,
                                  const char *arguments,
                                  size_t arguments_len,
                                  const struct mcpe_call_options *options,
                                  mcpe_target to,
                                  size_t *written);

/**
 * Calls a tool, and hands its result to `callback`, which is called in any case but when this fails at once. Reads the client. `destroy` is called after
 * the callback, or when this fails; it may be `NULL`, as `arguments` and `options` may.
 *
 * Callbacks of one client come one after the other, so that the end of a call comes after its last step of progress.
 */
mcpe_status mcpe_client_call_tool_later(struct mcpe_client client,
                                        const char *name,
                                        size_t name_len,
                                        const char *arguments,
                                        size_t arguments_len,
                                        const struct mcpe_call_options *options,
                                        mcpe_done_callback callback,
                                        void *userdata,
                                        mcpe_destructor destroy);

/**
 * Asks anything, and hands the result to `callback`: as `mcpe_client_call_tool_later` is to `mcpe_client_call_tool`. Reads the client.
 */
mcpe_status mcpe_client_request_later(struct mcpe_client client,
                                      const char *method,
                                      size_t method_len,
                                      const char *params,
                                      size_t params_len,
                                      const struct mcpe_call_options *options,
                                      mcpe_done_callback callback,
                                      void *userdata,
                                      mcpe_destructor destroy);

/**
 * Calls off everything that was begun with that tag, and says how much it was. What is called off ends with `MCPE_ERR_CANCELLED`, and the server is told.
 * Reads the client. `MCPE_ERR_VALUE` for the tag 0.
 */
mcpe_status mcpe_client_cancel(struct mcpe_client client,
                               uint64_t tag,
                               size_t *count);

/**
 * Wants to be told when a resource changes, in every revision: the client's `notification` hears it. Waits until the server has agreed. Reads the client.
 */
mcpe_status mcpe_client_subscribe(struct mcpe_client client,
                                  const char *uri,
                                  size_t uri_len);

/**
 * Does not want that any more. Waits. Reads the client.
 */
mcpe_status mcpe_client_unsubscribe(struct mcpe_client client, const char *uri, size_t uri_len);

/**
 * Wants to be told of what a `SubscriptionFilter` names, in place of what an earlier call has named (MCP 2026-07-28; before that, a server tells without
 * being asked, and this is `MCPE_ERR_UNSUPPORTED`). Waits until the server has agreed. Reads the client.
 */
mcpe_status mcpe_client_listen(struct mcpe_client client,
                               const char *filter,
                               size_t filter_len);

/**
 * Calls a tool without waiting for its result: the server runs it as a task, if it does. `arguments` and `options` are as for
 * `mcpe_client_call_tool`, but that `progress` is not called. Waits until the server has a task, or the result. Reads the client.
 *
 * In MCP 2025-11-25 a task is asked for where the server has them, and a tool that runs as none is refused: the list of tools says which do, as
 * `execution.taskSupport`. In the extension of 2026-07-28 the server decides, for clients whose options say `tasks`. Where it makes no task of it, what is
 * given out is a call that has come to its end. To free it leaves the task alone.
 */
mcpe_status mcpe_client_start_tool(struct mcpe_client client,
                                   const char *name,
                                   size_t name_len,
                                   const char *arguments,
                                   size_t arguments_len,
                                   const struct mcpe_call_options *options,
                                   struct mcpe_client_task *task);

/**
 * Frees a task. The server goes on with it: `mcpe_client_task_cancel` before that calls it off.
 */
mcpe_status mcpe_client_task_free(struct mcpe_client_task task);

/**
 * Appends the id of the task; `MCPE_NOTHING` where the server made none. Reads the task.
 */
mcpe_status mcpe_client_task_id(struct mcpe_client_task task, mcpe_target to, size_t *written);

/**
 * What it was doing when the server was last asked: one of `MCPE_TASK_WORKING` and so on. Does not wait. Reads the task.
 */
mcpe_status mcpe_client_task_status(struct mcpe_client_task task,
                                    uint32_t *status);

/**
 * Appends what the server has said about that; `MCPE_NOTHING` where it has said nothing. Does not wait. Reads the task.
 */
mcpe_status mcpe_client_task_message(struct mcpe_client_task task, mcpe_target to, size_t *written);

/**
 * Asks the server what it is doing, when that is due next, and brings it what it needs by the callbacks of the client; says at once when it has ended.
 * `options` may be `NULL`, and their `progress` is not called. Waits. Reads the task.
 */
mcpe_status mcpe_client_task_poll(struct mcpe_client_task task,
                                  const struct mcpe_call_options *options,
                                  uint32_t *status);

/**
 * Waits until it has ended, and appends what the call would have come to without a task: it fails as the call would have, with `MCPE_ERR_CANCELLED` when the
 * task was called off. Polls meanwhile, as `mcpe_client_task_poll` does. May be called again. Reads the task.
 */
mcpe_status mcpe_client_task_result(struct mcpe_client_task task,
                                    const struct mcpe_call_options *options,
                                    mcpe_target to,
                                    size_t *written);

/**
 * The same without waiting: hands what the call has come to to `callback`, as `mcpe_client_call_tool_later` does. The task may be freed before that. Reads
 * the task.
 */
mcpe_status mcpe_client_task_result_later(struct mcpe_client_task task,
                                          const struct mcpe_call_options *options,
                                          mcpe_done_callback callback,
                                          void *userdata,
                                          mcpe_destructor destroy);

/**
 * Calls the task off: it may come to its end all the same. `MCPE_NOTHING` where there is none. Waits until the server knows. Reads the task.
 */
mcpe_status mcpe_client_task_cancel(struct mcpe_client_task task);

/**
 * Makes a pool. `options` may be `NULL`.
 */
mcpe_status mcpe_pool_new(const struct mcpe_pool_options *options, struct mcpe_pool *pool);

/**
 * Frees a pool: jobs that wait are dropped, those that run come to their end. `mcpe_pool_wait` before it lets all be done.
 */
mcpe_status mcpe_pool_free(struct mcpe_pool pool);

/**
 * Has one of the threads call `job`, some time. `destroy` is called behind it, or when it is dropped, or this fails; it may be `NULL`. Reads the pool.
 *
 * `MCPE_ERR_LIMIT` when too many wait.
 */
mcpe_status mcpe_pool_submit(struct mcpe_pool pool,
                             mcpe_job_callback job,
                             void *userdata,
                             mcpe_destructor destroy);

/**
 * How many jobs wait or run. Reads the pool.
 */
mcpe_status mcpe_pool_left(struct mcpe_pool pool, size_t *left);

/**
 * Waits until no job is left, also of those that are submitted meanwhile. Reads the pool. In a job of the same pool it would wait for itself.
 */
mcpe_status mcpe_pool_wait(struct mcpe_pool pool);

/**
 * The error that the peer has answered with, when that is the last failure on this thread (`MCPE_ERR_REFUSED`); `MCPE_NOTHING` otherwise. Reads nothing
 * but what belongs to the thread. Valid until another call fails on it.
 */
mcpe_status mcpe_error_peer(mcpe_error_object *error);

/**
 * Answers with a result, as the schema has it for the method: an object. The responder is used up.
 *
 * What clients would refuse is refused here, and the responder stays: `MCPE_ERR_MESSAGE` when an object in it has a
 * key twice, `MCPE_ERR_LIMIT` when it is nested too deeply.
 */
mcpe_status mcpe_responder_reply(struct mcpe_responder responder, const char *result, size_t result_len);

/**
 * Answers a call of a tool with one block of text; `is_error` is not 0 when the tool has failed, which the model reads. The responder is used up.
 */
mcpe_status mcpe_responder_reply_text(struct mcpe_responder responder,
                                      const char *text,
                                      size_t text_len,
                                      uint32_t is_error);

/**
 * Answers with an error of the protocol, by a code of JSON-RPC or MCP and one sentence. `data` is any JSON value, or `NULL`. The responder is used up.
 */
mcpe_status mcpe_responder_fail(struct mcpe_responder responder,
                                int64_t code,
                                const char *message,
                                size_t message_len,
                                const char *data,
                                size_t data_len);

/**
 * Answers that the client would have to declare these capabilities for it, bits of `MCPE_CAPABILITY_…`. The responder is used up.
 */
mcpe_status mcpe_responder_require(struct mcpe_responder responder,
                                   uint32_t capabilities);

/**
 * Frees a responder: what was not answered is answered with an error.
 */
mcpe_status mcpe_responder_free(struct mcpe_responder responder);

/**
 * Wants something from the client, one of `MCPE_INPUT_…`, under a key of the callback's. The next `mcpe_responder_ask` asks for it. Reads the
 * responder.
 */
mcpe_status mcpe_responder_want(struct mcpe_responder responder,
                                uint32_t input,
                                const char *key,
                                size_t key_len,
                                const char *params,
                                size_t params_len);

/**
 * Asks for everything that is wanted and not known, and waits for it. Reads the responder.
 *
 * `MCPE_ASKED` when the client has got an answer instead: the question, or why it cannot be asked. Then the responder is used up, and the callback
 * should return: it is called again when the client has come back with what was asked (MCP 2026-07-28). `MCPE_ERR_CANCELLED` when nobody wants the answer
 * any more.
 */
mcpe_status mcpe_responder_ask(struct mcpe_responder responder);

/**
 * Appends what the client said, or what was kept, under a key: a result as in the schema. `MCPE_NOTHING` when there is none. Reads the responder.
 */
mcpe_status mcpe_responder_input(struct mcpe_responder responder,
                                 const char *key,
                                 size_t key_len,
                                 mcpe_target to,
                                 size_t *written);

/**
 * Keeps a JSON value for the next time that the callback is called for the same request, under a key that nothing is asked by. Reads the responder.
 */
mcpe_status mcpe_responder_remember(struct mcpe_responder responder,
                                    const char *key,
                                    size_t key_len,
                                    const char *json,
                                    size_t json_len);

/**
 * Says who asks. Reads the responder. `MCPE_ERR_UNSUPPORTED` where it is a server.
 */
mcpe_status mcpe_responder_asker(struct mcpe_responder responder, struct mcpe_asker *asker);

/**
 * Appends the parameters of the request, as they came. Reads the responder. `MCPE_ERR_UNSUPPORTED` where a server asks.
 */
mcpe_status mcpe_responder_params(struct mcpe_responder responder, mcpe_target to, size_t *written);

/**
 * Appends the id of the task that the call runs as; `MCPE_NOTHING` where it runs as none. Reads the responder. `MCPE_ERR_UNSUPPORTED` where a server asks.
 */
mcpe_status mcpe_responder_task(struct mcpe_responder responder,
                                mcpe_target to,
                                size_t *written);

/**
 * Tells how far it is, to a client that has asked for that: `value` has to increase, `total` is 0 where it is not known, and `message` may be `NULL`.
 * What was told before and not sent yet is replaced. Reads the responder.
 */
mcpe_status mcpe_responder_progress(struct mcpe_responder responder,
                                    double value,
                                    double total,
                                    const char *message,
                                    size_t message_len);

/**
 * Sends a log message, if the client wants those of that `MCPE_LEVEL_…`. `logger` may be `NULL`; `content` is any JSON value. Reads the responder.
 */
mcpe_status mcpe_responder_log(struct mcpe_responder responder,
                               uint32_t level,
                               const char *logger,
                               size_t logger_len,
                               const char *content,
                               size_t content_len);

/**
 * 1 when nobody wants the answer any more, and 0 otherwise. What takes long should ask from time to time. Reads the responder.
 */
mcpe_status mcpe_responder_is_cancelled(struct mcpe_responder responder,
                                        uint32_t *is_cancelled);

/**
 * Ends the response that the client reads at present: over Streamable HTTP it comes back for the rest, after `retry_ns` if that is not 0
 * (MCP 2025-11-25). `MCPE_NOTHING` where there is nothing to come back to, and the stream stays as it is. Reads the responder.
 */
mcpe_status mcpe_responder_close_stream(struct mcpe_responder responder,
                                        uint64_t retry_ns);

/**
 * Makes a server that has nothing yet. `destroy` is called also when this fails.
 */
mcpe_status mcpe_server_new(const struct mcpe_server_options *options, struct mcpe_server *server);

/**
 * Frees a server: everything that it serves ends. Does not wait for that.
 */
mcpe_status mcpe_server_free(struct mcpe_server server);

/**
 * Tells the clients that something has changed, where they want to know. Reads the server.
 *
 * `MCPE_ERR_MISUSE` before it is served, and without `changes` in its options.
 */
mcpe_status mcpe_server_publish(struct mcpe_server server, const mcpe_change *change);

/**
 * Adds a tool. Reads the server. `destroy` is called also when this fails.
 *
 * Once the server is served, only one whose options say `MCPE_CHANGES_CONTENTS` takes more. Of two with the same name, the server says so when it is
 * served first: `MCPE_ERR_ANSWER`. A call whose arguments are no object is answered with an error, and does not come to `serve`.
 */
mcpe_status mcpe_server_add_tool(struct mcpe_server server,
                                 const struct mcpe_part *part);

/**
 * Adds a prompt. Reads the server; as `mcpe_server_add_tool`.
 */
mcpe_status mcpe_server_add_prompt(struct mcpe_server server, const struct mcpe_part *part);

/**
 * Adds a resource. Reads the server; as `mcpe_server_add_tool`. Of a URI without a scheme, the server says so when it is served first: `MCPE_ERR_ANSWER`.
 */
mcpe_status mcpe_server_add_resource(struct mcpe_server server,
                                     const struct mcpe_part *part);

/**
 * Adds a family of resources. A URI is looked up among single resources first, then in the order in which families were added. Reads the server; as
 * `mcpe_server_add_tool`.
 */
mcpe_status mcpe_server_add_resource_template(struct mcpe_server server,
                                              const struct mcpe_part *part);

/**
 * Removes a tool; calls that have begun go on. `is_removed` is 1 when there was one. Reads the server. `MCPE_ERR_MISUSE` unless it is served and its options
 * say `MCPE_CHANGES_CONTENTS`.
 */
mcpe_status mcpe_server_remove_tool(struct mcpe_server server,
                                    const char *name,
                                    size_t name_len,
                                    uint32_t *is_removed);

/**
 * Serves standard input and output, and waits until the client is gone or `mcpe_server_stop`. Reads the server.
 *
 * They are taken away from the rest of the process: from then on, what it prints goes to standard error. Once in the life of a process:
 * `MCPE_ERR_MISUSE` after that.
 */
mcpe_status mcpe_server_serve_stdio(struct mcpe_server server);

/**
 * Serves HTTP, and appends the URL of the endpoint with the port that it has got. `options` may be `NULL`. Returns when connections are taken;
 * `mcpe_server_stop` ends it. Reads the server.
 *
 * A name that is not that of the loopback has to be among the `hosts`, or requests for it are refused.
 */
mcpe_status mcpe_server_serve_http(struct mcpe_server server,
                                   const struct mcpe_http_options *options,
                                   mcpe_target to,
                                   size_t *written);

/**
 * Waits until the server is not served any more: until `mcpe_server_stop`, as a rule. At once when it is not served. Reads the server.
 */
mcpe_status mcpe_server_wait(struct mcpe_server server);

/**
 * Ends everything that the server serves, and waits for that: what is being served over HTTP has ten seconds to come to its end. It may be served
 * again. Reads the server. In a callback or a job it does not wait.
 */
mcpe_status mcpe_server_stop(struct mcpe_server server);

/**
 * Counts the tasks of a server. Reads the server. `MCPE_NOTHING` where it has none; `MCPE_ERR_MISUSE` before it is served.
 */
mcpe_status mcpe_server_task_counters(struct mcpe_server server,
                                      struct mcpe_task_counters *counters);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* MCPE_FULL */

#endif  /* MCP_ENGINE_H */
