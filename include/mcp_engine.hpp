/**
 * @file mcp_engine.hpp
 * The engine for the Model Context Protocol in C++17: handles that free themselves, texts as std::string_view, failures as exceptions.
 *
 * With MCPE_NO_EXCEPTIONS defined nothing throws: every function returns a mcpe::result in place of what it would return, and the header can be compiled
 * with -fno-exceptions. docs/C_API.md says what holds for the functions below; what is not wrapped here is called with get(). With MCPE_FULL defined it
 * also wraps what libmcp_engine_full has: clients, servers, pools. It is one file, however long, so that a program has one header to take along.
 */
#ifndef MCP_ENGINE_HPP
#define MCP_ENGINE_HPP

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#ifdef MCPE_FULL
#include <functional>
#include <memory>
#include <type_traits>
#endif

#ifndef MCPE_NO_EXCEPTIONS
#include <stdexcept>
#endif

#include "mcp_engine.h"

namespace mcpe {

using status = mcpe_status;
using now = mcpe_now;
using request = mcpe_request;
using reply = mcpe_reply;
using id = mcpe_id;

/** Some values in memory that is not its own. */
template <class T>
class span {
 public:
  constexpr span() noexcept = default;
  constexpr span(T *first, std::size_t size) noexcept : first_(first), size_(size) {}
  constexpr T *data() const noexcept { return first_; }
  constexpr std::size_t size() const noexcept { return size_; }
  constexpr bool empty() const noexcept { return size_ == 0; }
  constexpr T *begin() const noexcept { return first_; }
  constexpr T *end() const noexcept { return first_ + size_; }
  constexpr T &operator[](std::size_t at) const noexcept { return first_[at]; }

 private:
  T *first_ = nullptr;
  std::size_t size_ = 0;
};

/** Nothing, where a function has nothing to give. */
struct done {};

/** A value, or why there is none. */
template <class T>
class result {
 public:
  result(T value) : value_(std::move(value)) {}
  explicit result(mcpe_status why) noexcept : why_(why) {}
  explicit operator bool() const noexcept { return value_.has_value(); }
  /** MCPE_OK, or why there is no value; mcpe_error_message() tells more on the same thread. */
  mcpe_status why() const noexcept { return why_; }
  T &operator*() noexcept { return *value_; }
  const T &operator*() const noexcept { return *value_; }
  T *operator->() noexcept { return &*value_; }

 private:
  std::optional<T> value_;
  mcpe_status why_ = MCPE_OK;
};

#ifdef MCPE_NO_EXCEPTIONS

template <class T>
using outcome = result<T>;

#else

/** What a function has failed with. */
class error : public std::runtime_error {
 public:
  explicit error(mcpe_status why) : std::runtime_error(mcpe_error_message()), why_(why) {}
  /** One of MCPE_ERR_…. */
  mcpe_status why() const noexcept { return why_; }

 private:
  mcpe_status why_;
};

template <class T>
using outcome = T;

#endif

namespace detail {

/** The value, or the failure in the form that was chosen. */
template <class T>
outcome<T> give(mcpe_status got, T value) {
  if (got >= 0) return value;
#ifdef MCPE_NO_EXCEPTIONS
  return result<T>(got);
#else
  throw error(got);
#endif
}

/** The value, nothing, or the failure. */
template <class T>
outcome<std::optional<T>> maybe(mcpe_status got, T &&value) {
  if (got != MCPE_OK) return give<std::optional<T>>(got, std::nullopt);
  return give<std::optional<T>>(got, std::optional<T>(std::move(value)));
}

inline outcome<done> nothing(mcpe_status got) { return give<done>(got, done{}); }

/** Owns a handle. */
template <class H, mcpe_status (*Free)(H)>
class owner {
 public:
  owner() noexcept = default;
  explicit owner(H handle) noexcept : handle_(handle) {}
  owner(owner &&other) noexcept : handle_(other.release()) {}
  owner &operator=(owner &&other) noexcept {
    if (this != &other) {
      (void)Free(handle_);
      handle_ = other.release();
    }
    return *this;
  }
  owner(const owner &) = delete;
  owner &operator=(const owner &) = delete;
  ~owner() { (void)Free(handle_); }
  /** The handle, which stays owned here. */
  H get() const noexcept { return handle_; }
  /** The handle, which the caller has to free. */
  H release() noexcept { return std::exchange(handle_, H{}); }
  explicit operator bool() const noexcept { return handle_.generation != 0; }

 private:
  H handle_{};
};

/** A text that is appended by a function of this library, and what that has returned. */
template <class F>
std::pair<mcpe_status, std::string> appended(F append) {
  mcpe_buffer made{};
  mcpe_status got = mcpe_buffer_new(MCPE_FRAMING_BARE, &made);
  owner<mcpe_buffer, mcpe_buffer_free> keeps(made);
  std::size_t written = 0;
  if (got == MCPE_OK) got = append(mcpe_to_buffer(made), &written);
  mcpe_str piece{};
  std::size_t count = 0;
  if (got == MCPE_OK && written) (void)mcpe_buffer_pieces(made, &piece, 1, sizeof piece, &count);
  return {got, piece.len ? std::string(piece.ptr, piece.len) : std::string()};
}

}  // namespace detail

/** A text of this library as one of C++; valid as long as what it comes from. */
inline std::string_view view(mcpe_str text) noexcept { return text.len ? std::string_view(text.ptr, text.len) : std::string_view(); }

/** A text of C++ as one of this library. */
inline mcpe_str str(std::string_view text) noexcept { return mcpe_str{text.data(), text.size()}; }

/** An integer id. */
inline mcpe_id number(std::int64_t integer) noexcept {
  mcpe_id made{};
  made.tag = MCPE_TAG_INTEGER;
  made.integer = integer;
  return made;
}

/** A struct of options that says its size. */
template <class T>
T options() noexcept {
  T made{};
  made.size = sizeof(T);
  return made;
}

/** The text that the inside of a JSON string stands for. */
inline outcome<std::string> unescape(mcpe_str inside) {
  std::string text(inside.len, '\0');
  std::size_t written = 0;
  mcpe_status got = MCPE_OK;
  if (inside.len) got = mcpe_json_unescape(inside.ptr, inside.len, mcpe_to_memory(&text[0], text.size()), &written);
  text.resize(written);
  return detail::give(got, std::move(text));
}

/** The text as a JSON string, with its quotes. */
inline outcome<std::string> escape(std::string_view text) {
  auto made = detail::appended([&](mcpe_target to, std::size_t *written) { return mcpe_json_escape(text.data(), text.size(), to, written); });
  return detail::give(made.first, std::move(made.second));
}

/** The member of a JSON object, as it is spelled; nothing when it has none of that name, or is no object. */
inline outcome<std::optional<std::string_view>> member(std::string_view json, std::string_view name) {
  mcpe_str value{};
  mcpe_status got = mcpe_json_member(json.data(), json.size(), name.data(), name.size(), &value);
  return detail::maybe(got, view(value));
}

/** The element of a JSON array, from 0 on, as it is spelled; nothing when there are not so many, or it is no array. */
inline outcome<std::optional<std::string_view>> element(std::string_view json, std::size_t at) {
  mcpe_str value{};
  mcpe_status got = mcpe_json_element(json.data(), json.size(), at, &value);
  return detail::maybe(got, view(value));
}

/** The text of a JSON string; nothing when the value is none. */
inline outcome<std::optional<std::string>> text_of(std::string_view json) {
  auto made = detail::appended([&](mcpe_target to, std::size_t *written) { return mcpe_json_text(json.data(), json.size(), to, written); });
  return detail::maybe(made.first, std::move(made.second));
}

/** The integer, when the JSON value is written as one and fits; else nothing. */
inline outcome<std::optional<std::int64_t>> integer_of(std::string_view json) {
  std::int64_t found = 0;
  mcpe_status got = mcpe_json_integer(json.data(), json.size(), &found);
  return detail::maybe(got, std::move(found));
}

/** The nearest floating-point number, when the JSON value is a number; else nothing. */
inline outcome<std::optional<double>> number_of(std::string_view json) {
  double found = 0;
  mcpe_status got = mcpe_json_number(json.data(), json.size(), &found);
  return detail::maybe(got, std::move(found));
}

/** The boolean, when the JSON value is one; else nothing. */
inline outcome<std::optional<bool>> boolean_of(std::string_view json) {
  std::uint32_t found = 0;
  mcpe_status got = mcpe_json_boolean(json.data(), json.size(), &found);
  return detail::maybe(got, found != 0);
}

/** A message, or what was refused in place of one. */
class message : public detail::owner<mcpe_message, mcpe_message_free> {
 public:
  using owner::owner;
  static outcome<message> parse(std::string_view text) {
    mcpe_message made{};
    mcpe_status got = mcpe_message_parse(text.data(), text.size(), &made);
    return detail::give(got, message(made));
  }
  /** MCPE_OK for a message, and why it was refused for what is none. */
  mcpe_status verdict() const noexcept { return mcpe_message_verdict(get()); }
  outcome<message> clone() const {
    mcpe_message made{};
    mcpe_status got = mcpe_message_clone(get(), &made);
    return detail::give(got, message(made));
  }
  outcome<std::string_view> text() const {
    mcpe_str bytes{};
    mcpe_status got = mcpe_message_bytes(get(), &bytes);
    return detail::give(got, view(bytes));
  }
  outcome<mcpe_msg_index> index() const {
    mcpe_msg_index found{};
    mcpe_status got = mcpe_message_index(get(), &found);
    return detail::give(got, found);
  }
  /** Verdict, index and bytes at once. */
  outcome<mcpe_item> item() const {
    mcpe_item found{};
    mcpe_status got = mcpe_message_item(get(), &found);
    return detail::give(got, found);
  }
  outcome<std::optional<mcpe_id>> request_id() const {
    mcpe_id found{};
    mcpe_status got = mcpe_message_id(get(), &found);
    return detail::maybe(got, std::move(found));
  }
  /** One of MCPE_PART_…. */
  outcome<std::optional<std::string_view>> part(std::uint32_t part) const {
    mcpe_str value{};
    mcpe_status got = mcpe_message_part(get(), part, &value);
    return detail::maybe(got, view(value));
  }
  outcome<std::optional<mcpe_call>> call() const {
    mcpe_call found{};
    mcpe_status got = mcpe_message_call(get(), &found);
    return detail::maybe(got, std::move(found));
  }
  outcome<std::optional<mcpe_call_result>> call_result() const {
    mcpe_call_result found{};
    mcpe_status got = mcpe_message_call_result(get(), &found);
    return detail::maybe(got, std::move(found));
  }
  /** How far a request is, when it is a notification of that. */
  outcome<std::optional<mcpe_progress>> progress() const {
    mcpe_progress found{};
    mcpe_status got = mcpe_message_progress(get(), &found);
    return detail::maybe(got, std::move(found));
  }
  outcome<std::optional<mcpe_error_object>> error_object() const {
    mcpe_error_object found{};
    mcpe_status got = mcpe_message_error(get(), &found);
    return detail::maybe(got, std::move(found));
  }
  /** All content blocks of the result of a tool. */
  outcome<std::vector<mcpe_block>> blocks() const {
    mcpe_call_result found{};
    std::vector<mcpe_block> blocks;
    mcpe_status got = mcpe_message_call_result(get(), &found);
    if (got == MCPE_OK && found.blocks) {
      std::size_t count = 0;
      blocks.resize(found.blocks);
      got = mcpe_message_blocks(get(), 0, blocks.data(), blocks.size(), sizeof(mcpe_block), &count);
      blocks.resize(count);
    }
    return detail::give(got, std::move(blocks));
  }
};

/** Bytes that are going to be written. */
class buffer : public detail::owner<mcpe_buffer, mcpe_buffer_free> {
 public:
  using owner::owner;
  static outcome<buffer> make(std::uint32_t framing = MCPE_FRAMING_LINE) {
    mcpe_buffer made{};
    mcpe_status got = mcpe_buffer_new(framing, &made);
    return detail::give(got, buffer(made));
  }
  mcpe_target target() const noexcept { return mcpe_to_buffer(get()); }
  outcome<std::size_t> size() const {
    std::size_t len = 0;
    mcpe_status got = mcpe_buffer_len(get(), &len);
    return detail::give(got, len);
  }
  /** The first piece that waits, empty when none does. */
  outcome<std::string_view> front() const {
    mcpe_str piece{};
    std::size_t count = 0;
    mcpe_status got = mcpe_buffer_pieces(get(), &piece, 1, sizeof piece, &count);
    return detail::give(got, view(piece));
  }
  outcome<done> consume(std::size_t len) { return detail::nothing(mcpe_buffer_consume(get(), len)); }
  outcome<done> clear() { return detail::nothing(mcpe_buffer_clear(get())); }
};

/** Bytes of a transport in, messages out. */
class decoder : public detail::owner<mcpe_decoder, mcpe_decoder_free> {
 public:
  using owner::owner;
  static outcome<decoder> make(const mcpe_decoder_options *options = nullptr) {
    mcpe_decoder made{};
    mcpe_status got = mcpe_decoder_new(options, &made);
    return detail::give(got, decoder(made));
  }
  /** Room to read into, valid until the next call. */
  outcome<span<std::uint8_t>> reserve() {
    std::uint8_t *room = nullptr;
    std::size_t len = 0;
    mcpe_status got = mcpe_decoder_reserve(get(), &room, &len);
    return detail::give(got, span<std::uint8_t>(room, len));
  }
  outcome<done> commit(std::size_t len) { return detail::nothing(mcpe_decoder_commit(get(), len)); }
  outcome<done> feed(std::string_view bytes) {
    return detail::nothing(mcpe_decoder_feed(get(), reinterpret_cast<const std::uint8_t *>(bytes.data()), bytes.size()));
  }
  outcome<done> end() { return detail::nothing(mcpe_decoder_end(get())); }
  /** The next message, or what was refused; nothing when more bytes are needed. */
  outcome<std::optional<message>> next() {
    mcpe_message made{};
    mcpe_status got = mcpe_decoder_next(get(), &made);
    return detail::maybe(got, message(made));
  }
  /** Fills the table with what was read, and gives the part that was filled. */
  outcome<span<mcpe_item>> drain(span<mcpe_item> table) {
    std::size_t count = 0;
    mcpe_status got = mcpe_decoder_drain(get(), table.data(), table.size(), sizeof(mcpe_item), &count);
    return detail::give(got, span<mcpe_item>(table.data(), count));
  }
};

/** An event, which owns its message. */
struct event {
  mcpe_event what{};
  message content;
  std::uint32_t kind() const noexcept { return what.kind; }
};

/** One side of a conversation. */
class connection : public detail::owner<mcpe_connection, mcpe_connection_free> {
 public:
  using owner::owner;
  static outcome<connection> make(const mcpe_config &config) {
    mcpe_connection made{};
    mcpe_status got = mcpe_connection_new(&config, &made);
    return detail::give(got, connection(made));
  }
  outcome<done> start(now time) { return detail::nothing(mcpe_connection_start(get(), time)); }
  outcome<done> receive(const message &one, now time, std::uint64_t stream = MCPE_STREAM_MAIN) {
    return detail::nothing(mcpe_connection_receive(get(), stream, one.get(), time));
  }
  /** Takes in what the decoder has next; false when more bytes are needed. */
  outcome<bool> receive_next(decoder &from, now time, std::uint64_t stream = MCPE_STREAM_MAIN) {
    mcpe_status got = mcpe_connection_receive_next(get(), stream, from.get(), time);
    return detail::give(got, got != MCPE_NOTHING);
  }
  outcome<std::optional<event>> poll_event() {
    event made;
    mcpe_status got = mcpe_connection_poll_event(get(), &made.what);
    made.content = message(made.what.message);
    return detail::maybe(got, std::move(made));
  }
  outcome<std::optional<mcpe_transmit>> poll_transmit(buffer &to) {
    mcpe_transmit made{};
    mcpe_status got = mcpe_connection_poll_transmit(get(), to.get(), &made);
    return detail::maybe(got, std::move(made));
  }
  outcome<std::optional<std::uint64_t>> poll_timeout() const {
    std::uint64_t due = 0;
    mcpe_status got = mcpe_connection_poll_timeout(get(), &due);
    return detail::maybe(got, std::move(due));
  }
  outcome<done> handle_timeout(now time) { return detail::nothing(mcpe_connection_handle_timeout(get(), time)); }
  /** Asks the peer something, and gives the id that the answer will have. */
  outcome<std::int64_t> ask(std::string_view method, std::string_view params, now time) {
    request asked = options<request>();
    asked.method = str(method);
    asked.params = str(params);
    return ask(asked, time);
  }
  outcome<std::int64_t> ask(const request &asked, now time) {
    std::int64_t given = 0;
    mcpe_status got = mcpe_connection_request(get(), &asked, time, &given);
    return detail::give(got, given);
  }
  /** Asks again what was asked, with a result for each key of what the message of MCPE_EVENT_INPUT_REQUIRED wants: an object. */
  outcome<std::int64_t> retry(const request &asked, const message &input, std::string_view responses, now time) {
    std::int64_t given = 0;
    mcpe_status got = mcpe_connection_retry(get(), &asked, input.get(), responses.data(), responses.size(), time, &given);
    return detail::give(got, given);
  }
  /** Answers a request of the peer; false when nobody wants the answer any more. */
  outcome<bool> respond(const mcpe_id &to, const reply &answer, now time) {
    std::uint32_t delivery = 0;
    mcpe_status got = mcpe_connection_respond(get(), &to, &answer, time, &delivery);
    return detail::give(got, delivery == MCPE_DELIVERY_QUEUED);
  }
  outcome<bool> respond_text(const mcpe_id &to, std::string_view text, now time) {
    reply answer = options<reply>();
    answer.kind = MCPE_REPLY_TEXT;
    answer.text = str(text);
    return respond(to, answer, time);
  }
  outcome<done> cancel(std::int64_t asked, std::string_view reason, now time) {
    return detail::nothing(mcpe_connection_cancel(get(), asked, reason.data(), reason.size(), time));
  }
  outcome<done> notify(std::string_view method, std::string_view params) {
    return detail::nothing(
        mcpe_connection_notify(get(), method.data(), method.size(), params.data(), params.size(), nullptr));
  }
  outcome<done> close() { return detail::nothing(mcpe_connection_close(get())); }
  outcome<done> peer_closed() { return detail::nothing(mcpe_connection_peer_closed(get())); }
  outcome<mcpe_standing> standing() const {
    mcpe_standing found{};
    mcpe_status got = mcpe_connection_standing(get(), &found);
    return detail::give(got, found);
  }
};

using exchange = detail::owner<mcpe_exchange, mcpe_exchange_free>;
using listening = detail::owner<mcpe_listening, mcpe_listening_free>;
using cache = detail::owner<mcpe_cache, mcpe_cache_free>;

/** What became of the message of a POST. */
struct accepted {
  mcpe_accepted what{};
  mcpe::exchange exchange;
  mcpe::listening listening;
};

/** A server of the modern era over HTTP. */
class endpoint : public detail::owner<mcpe_endpoint, mcpe_endpoint_free> {
 public:
  using owner::owner;
  static outcome<endpoint> make(const mcpe_config &config) {
    mcpe_endpoint made{};
    mcpe_status got = mcpe_endpoint_new(&config, &made);
    return detail::give(got, endpoint(made));
  }
  outcome<accepted> accept(const message &one, buffer &to) {
    accepted made;
    std::size_t written = 0;
    mcpe_status got = mcpe_endpoint_accept(get(), one.get(), to.get(), &made.what, &written);
    made.exchange = mcpe::exchange(made.what.exchange);
    made.listening = mcpe::listening(made.what.listening);
    return detail::give(got, std::move(made));
  }
};

using permit = detail::owner<mcpe_permit, mcpe_permit_free>;

/** What may run, and what runs next. */
class scheduler : public detail::owner<mcpe_scheduler, mcpe_scheduler_free> {
 public:
  using owner::owner;
  static outcome<scheduler> make(const mcpe_scheduler_options *options = nullptr) {
    mcpe_scheduler made{};
    mcpe_status got = mcpe_scheduler_new(options, &made);
    return detail::give(got, scheduler(made));
  }
  outcome<std::uint64_t> open_key(const mcpe_key_options *options = nullptr) {
    std::uint64_t key = 0;
    mcpe_status got = mcpe_scheduler_open_key(get(), options, &key);
    return detail::give(got, key);
  }
  outcome<std::uint64_t> submit(const mcpe_task &task, std::uint64_t now_ns) {
    std::uint64_t given = 0;
    mcpe_status got = mcpe_scheduler_submit(get(), &task, now_ns, &given);
    return detail::give(got, given);
  }
  outcome<std::optional<mcpe_ready>> poll_ready(std::uint64_t now_ns) {
    mcpe_ready ready{};
    mcpe_status got = mcpe_scheduler_poll_ready(get(), now_ns, &ready);
    return detail::maybe(got, std::move(ready));
  }
  outcome<std::optional<mcpe_task_event>> poll_event() {
    mcpe_task_event found{};
    mcpe_status got = mcpe_scheduler_poll_event(get(), &found);
    return detail::maybe(got, std::move(found));
  }
  outcome<mcpe_settled> complete(std::uint64_t task, std::uint32_t completion, std::uint64_t now_ns) {
    mcpe_settled settled{};
    mcpe_status got = mcpe_scheduler_complete(get(), task, completion, nullptr, now_ns, &settled);
    return detail::give(got, settled);
  }
  /** The task as a permit, which comes back from any thread. */
  outcome<mcpe::permit> permit(const mcpe_ready &ready) {
    mcpe_permit made{};
    mcpe_status got = mcpe_permit_new(get(), &ready, &made);
    return detail::give(got, mcpe::permit(made));
  }
  outcome<std::size_t> collect(std::uint64_t now_ns) {
    std::size_t count = 0;
    mcpe_status got = mcpe_scheduler_collect(get(), now_ns, &count);
    return detail::give(got, count);
  }
};

#ifdef MCPE_FULL

/** What a peer has answered in place of a result. */
struct peer_error {
  std::int64_t code = 0;
  std::string message;
  /** The member `data` as JSON; empty when there is none. */
  std::string data;
};

/** The error that a peer has answered with, if that is the last failure on this thread (MCPE_ERR_REFUSED). */
inline std::optional<peer_error> last_peer_error() {
  mcpe_error_object found{};
  if (mcpe_error_peer(&found) != MCPE_OK) return std::nullopt;
  peer_error made{found.code, std::string(view(found.message)), std::string(view(found.content))};
  if (found.message_escaped) {
    std::size_t written = 0;
    (void)mcpe_json_unescape(found.message.ptr, found.message.len, mcpe_to_memory(&made.message[0], made.message.size()), &written);
    made.message.resize(written);
  }
  return made;
}

#ifndef MCPE_NO_EXCEPTIONS

/** What a call has failed with that a peer has answered with an error. */
class refused : public error {
 public:
  explicit refused(peer_error answer) : error(MCPE_ERR_REFUSED), answer_(std::make_shared<const peer_error>(std::move(answer))) {}
  std::int64_t code() const noexcept { return answer_->code; }
  const std::string &message() const noexcept { return answer_->message; }
  /** The member `data` as JSON; empty when there is none. */
  const std::string &data() const noexcept { return answer_->data; }

 private:
  std::shared_ptr<const peer_error> answer_;
};

#endif

namespace detail {

/** The value, or the failure with all that a peer has said. */
template <class T>
outcome<T> told(mcpe_status got, T value) {
#ifndef MCPE_NO_EXCEPTIONS
  if (got == MCPE_ERR_REFUSED) {
    if (auto answer = last_peer_error()) throw refused(std::move(*answer));
  }
#endif
  return give(got, std::move(value));
}

inline outcome<done> told(mcpe_status got) { return told(got, done{}); }

/** The text, or the failure. */
template <class F>
outcome<std::string> text(F append) {
  auto made = appended(std::move(append));
  return told(made.first, std::move(made.second));
}

/** The text, nothing, or the failure. */
template <class F>
outcome<std::optional<std::string>> maybe_text(F append) {
  auto made = appended(std::move(append));
  if (made.first != MCPE_OK) return told<std::optional<std::string>>(made.first, std::nullopt);
  return told(made.first, std::optional<std::string>(std::move(made.second)));
}

/** Something to call that a callback is given, whatever may be moved, and its end. */
template <class F>
void *kept(F &&callable) {
  return new std::decay_t<F>(std::forward<F>(callable));
}
template <class T>
void destroy(void *userdata) noexcept {
  delete static_cast<T *>(userdata);
}

/** Calls it. What is thrown ends here: there is nobody to catch it. */
template <class T, class... Arguments>
void call(void *userdata, Arguments &&...arguments) noexcept {
  T &callable = *static_cast<T *>(userdata);
#ifdef MCPE_NO_EXCEPTIONS
  callable(std::forward<Arguments>(arguments)...);
#else
  try {
    callable(std::forward<Arguments>(arguments)...);
  } catch (...) {
  }
#endif
}

/** Lets it hear what a call has come to. */
template <class T>
void ended(void *userdata, mcpe_status got, mcpe_str result) noexcept {
  call<T>(userdata, got, view(result));
}

}  // namespace detail

/** The right, and the duty, to answer one request: at once or later, on any thread. Without an answer, it answers with an error. */
class responder : public detail::owner<mcpe_responder, mcpe_responder_free> {
 public:
  using owner::owner;
  outcome<done> reply(std::string_view result) {
    return used(mcpe_responder_reply(get(), result.data(), result.size()));
  }
  outcome<done> reply_text(std::string_view text, bool is_error = false) {
    return used(mcpe_responder_reply_text(get(), text.data(), text.size(), is_error));
  }
  /** `data` is any JSON value. */
  outcome<done> fail(std::int64_t code, std::string_view message, std::string_view data = {}) {
    return used(mcpe_responder_fail(get(), code, message.data(), message.size(), data.empty() ? nullptr : data.data(), data.size()));
  }
  /** The client would have to declare these capabilities: bits of MCPE_CAPABILITY_…. */
  outcome<done> require(std::uint32_t capabilities) { return used(mcpe_responder_require(get(), capabilities)); }
  /** Wants something from the client, one of MCPE_INPUT_…, under a key: the next ask() asks for it. */
  outcome<done> want(std::uint32_t input, std::string_view key, std::string_view params = {}) {
    return detail::nothing(
        mcpe_responder_want(get(), input, key.data(), key.size(), params.empty() ? nullptr : params.data(), params.size()));
  }
  /** Asks for all that is wanted, and waits. False when the client has got an answer instead: return, and the callback is called again. */
  outcome<bool> ask() {
    mcpe_status got = mcpe_responder_ask(get());
    if (got == MCPE_ASKED) (void)release();
    return detail::give(got, got == MCPE_OK);
  }
  /** What the client said, or what was kept, under a key. */
  outcome<std::optional<std::string>> input(std::string_view key) const {
    return detail::maybe_text([&](mcpe_target to, std::size_t *written) {
      return mcpe_responder_input(get(), key.data(), key.size(), to, written);
    });
  }
  /** Keeps a JSON value for the next time that the callback is called for the same request. */
  outcome<done> remember(std::string_view key, std::string_view json) {
    return detail::nothing(mcpe_responder_remember(get(), key.data(), key.size(), json.data(), json.size()));
  }
  outcome<mcpe_asker> asker() const {
    mcpe_asker found{};
    mcpe_status got = mcpe_responder_asker(get(), &found);
    return detail::give(got, found);
  }
  /** The parameters of the request. */
  outcome<std::string> params() const {
    return detail::text([&](mcpe_target to, std::size_t *written) { return mcpe_responder_params(get(), to, written); });
  }
  /** The id of the task that the call runs as, if it does. */
  outcome<std::optional<std::string>> task() const {
    return detail::maybe_text([&](mcpe_target to, std::size_t *written) { return mcpe_responder_task(get(), to, written); });
  }
  /** Lets the client come back for the rest; false where there is nothing to come back to. */
  outcome<bool> close_stream(std::uint64_t retry_ns = 0) {
    mcpe_status got = mcpe_responder_close_stream(get(), retry_ns);
    return detail::give(got, got == MCPE_OK);
  }
  outcome<done> progress(double value, double total, std::string_view message = {}) {
    return detail::nothing(mcpe_responder_progress(get(), value, total, message.data(), message.size()));
  }
  outcome<done> log(std::uint32_t level, std::string_view content) {
    return detail::nothing(mcpe_responder_log(get(), level, nullptr, 0, content.data(), content.size()));
  }
  outcome<bool> is_cancelled() const {
    std::uint32_t cancelled = 0;
    mcpe_status got = mcpe_responder_is_cancelled(get(), &cancelled);
    return detail::give(got, cancelled != 0);
  }

 private:
  /** What has answered is gone; what has not may still answer. */
  outcome<done> used(mcpe_status got) {
    if (got == MCPE_OK) (void)release();
    return detail::nothing(got);
  }
};

/** Answers a call: gets the responder, the name or URI, and the arguments, which are valid until it returns. Who throws has not answered. */
using serve = std::function<void(responder, std::string_view, std::string_view)>;

namespace detail {

template <class T>
void served(void *userdata, mcpe_responder given, mcpe_str name, mcpe_str arguments) noexcept {
  call<T>(userdata, responder(given), view(name), view(arguments));
}

/** The part with a function that answers for it, which may be one that can only be moved. */
template <class F>
mcpe_part part_of(mcpe_part part, F &&function) {
  part.serve = served<std::decay_t<F>>;
  part.userdata = kept(std::forward<F>(function));
  part.destroy = destroy<std::decay_t<F>>;
  return part;
}

/** A part of that name; it says nothing of itself where the description is empty. */
inline mcpe_part named(std::string_view name, std::string_view description) {
  mcpe_part part = options<mcpe_part>();
  part.name = str(name);
  if (!description.empty()) part.description = str(description);
  return part;
}

}  // namespace detail

/** A server of callbacks. */
class server : public detail::owner<mcpe_server, mcpe_server_free> {
 public:
  using owner::owner;
  static outcome<server> make(std::string_view name, std::string_view version) {
    mcpe_server_options chosen = options<mcpe_server_options>();
    chosen.name = str(name);
    chosen.version = str(version);
    return make(chosen);
  }
  static outcome<server> make(const mcpe_server_options &chosen) {
    mcpe_server made{};
    mcpe_status got = mcpe_server_new(&chosen, &made);
    return detail::give(got, server(made));
  }
  /** The same with a function that completes arguments. */
  template <class F>
  static outcome<server> make(mcpe_server_options chosen, F &&complete) {
    chosen.complete = detail::served<std::decay_t<F>>;
    chosen.userdata = detail::kept(std::forward<F>(complete));
    chosen.destroy = detail::destroy<std::decay_t<F>>;
    return make(chosen);
  }
  template <class F>
  outcome<done> add_tool(std::string_view name, std::string_view description, std::string_view input_schema, F &&call) {
    return add_tool(name, description, input_schema, MCPE_TASK_SUPPORT_NONE, std::forward<F>(call));
  }
  /** A tool whose calls run as tasks: `support` is one of MCPE_TASK_SUPPORT_…. */
  template <class F>
  outcome<done> add_tool(std::string_view name, std::string_view description, std::string_view input_schema, std::uint32_t support, F &&call) {
    mcpe_part part = detail::named(name, description);
    part.input_schema = str(input_schema);
    part.task = support;
    return add_tool(part, std::forward<F>(call));
  }
  /** A tool with all that a part can say, as are those below. */
  template <class F>
  outcome<done> add_tool(const mcpe_part &tool, F &&call) {
    mcpe_part part = detail::part_of(tool, std::forward<F>(call));
    return detail::nothing(mcpe_server_add_tool(get(), &part));
  }
  template <class F>
  outcome<done> add_resource(std::string_view uri, std::string_view description, F &&read) {
    return add_resource(detail::named(uri, description), std::forward<F>(read));
  }
  template <class F>
  outcome<done> add_resource(const mcpe_part &resource, F &&read) {
    mcpe_part part = detail::part_of(resource, std::forward<F>(read));
    return detail::nothing(mcpe_server_add_resource(get(), &part));
  }
  template <class F>
  outcome<done> add_resource_template(std::string_view uri, std::string_view description, F &&read) {
    return add_resource_template(detail::named(uri, description), std::forward<F>(read));
  }
  template <class F>
  outcome<done> add_resource_template(const mcpe_part &family, F &&read) {
    mcpe_part part = detail::part_of(family, std::forward<F>(read));
    return detail::nothing(mcpe_server_add_resource_template(get(), &part));
  }
  /** `definition` has the arguments of the prompt: an object as in the schema. */
  template <class F>
  outcome<done> add_prompt(std::string_view name, std::string_view description, std::string_view definition, F &&fill) {
    mcpe_part part = detail::named(name, description);
    part.definition = str(definition);
    return add_prompt(part, std::forward<F>(fill));
  }
  template <class F>
  outcome<done> add_prompt(const mcpe_part &prompt, F &&fill) {
    mcpe_part part = detail::part_of(prompt, std::forward<F>(fill));
    return detail::nothing(mcpe_server_add_prompt(get(), &part));
  }
  /** Whether there was such a tool. */
  outcome<bool> remove_tool(std::string_view name) {
    std::uint32_t removed = 0;
    mcpe_status got = mcpe_server_remove_tool(get(), name.data(), name.size(), &removed);
    return detail::give(got, removed != 0);
  }
  /** Tells whoever wants to know of a change, one of MCPE_CHANGE_…; `uri` is that of a resource. */
  outcome<done> publish(std::uint32_t kind, std::string_view uri = {}) {
    mcpe_change change = options<mcpe_change>();
    change.kind = kind;
    change.name = str(uri);
    return detail::nothing(mcpe_server_publish(get(), &change));
  }
  /** What has become of its tasks; nothing where it has none. */
  outcome<std::optional<mcpe_task_counters>> task_counters() const {
    mcpe_task_counters counted{};
    mcpe_status got = mcpe_server_task_counters(get(), &counted);
    return detail::told(got, got == MCPE_OK ? std::optional<mcpe_task_counters>(counted) : std::nullopt);
  }
  outcome<done> serve_stdio() { return detail::nothing(mcpe_server_serve_stdio(get())); }
  /** The URL of the endpoint. */
  outcome<std::string> serve_http(const mcpe_http_options *chosen = nullptr) {
    return detail::text([&](mcpe_target to, std::size_t *written) { return mcpe_server_serve_http(get(), chosen, to, written); });
  }
  outcome<done> stop() { return detail::nothing(mcpe_server_stop(get())); }
  outcome<done> wait() { return detail::nothing(mcpe_server_wait(get())); }
};

/** Who answers a server, and who hears it: any of them may be left out. */
struct client_handlers {
  serve sampling;
  serve elicitation;
  /** Says which roots there are, each time that the server wants to know. */
  serve list_roots;
  /** Gets the method and the parameters, which are valid until it returns. */
  std::function<void(std::string_view, std::string_view)> notification;
};

/** A call of a tool that the server may run as a task. Functions wait, on the thread that calls them. To drop it leaves the task alone. */
class client_task : public detail::owner<mcpe_client_task, mcpe_client_task_free> {
 public:
  using owner::owner;
  /** Its id; nothing where the server has made no task of it. */
  outcome<std::optional<std::string>> id() const {
    return detail::maybe_text([&](mcpe_target to, std::size_t *written) { return mcpe_client_task_id(get(), to, written); });
  }
  /** One of MCPE_TASK_WORKING and so on, as the server has said last. */
  outcome<std::uint32_t> state() const {
    std::uint32_t found = 0;
    mcpe_status got = mcpe_client_task_status(get(), &found);
    return detail::give(got, found);
  }
  outcome<std::optional<std::string>> message() const {
    return detail::maybe_text([&](mcpe_target to, std::size_t *written) { return mcpe_client_task_message(get(), to, written); });
  }
  /** Asks the server, when that is due. */
  outcome<std::uint32_t> poll(const mcpe_call_options *chosen = nullptr) {
    std::uint32_t found = 0;
    mcpe_status got = mcpe_client_task_poll(get(), chosen, &found);
    return detail::told(got, found);
  }
  /** Waits for what the call has come to. */
  outcome<std::string> result(const mcpe_call_options *chosen = nullptr) {
    return detail::text([&](mcpe_target to, std::size_t *written) { return mcpe_client_task_result(get(), chosen, to, written); });
  }
  /** The same, and lets a function hear it: the status and the result, which is valid until that returns. */
  template <class F>
  outcome<done> result_later(F &&hear, const mcpe_call_options *chosen = nullptr) {
    return detail::nothing(mcpe_client_task_result_later(get(), chosen, detail::ended<std::decay_t<F>>, detail::kept(std::forward<F>(hear)),
                                                         detail::destroy<std::decay_t<F>>));
  }
  /** Calls it off; false where the server has made no task of it. */
  outcome<bool> cancel() {
    mcpe_status got = mcpe_client_task_cancel(get());
    return detail::told(got, got == MCPE_OK);
  }
};

/** A ready client. Functions wait, on the thread that calls them. */
class client : public detail::owner<mcpe_client, mcpe_client_free> {
 public:
  using owner::owner;
  static outcome<client> open(const mcpe_client_options &chosen) {
    mcpe_client made{};
    mcpe_status got = mcpe_client_open(&chosen, &made);
    return detail::told(got, client(made));
  }
  /** The same with functions that answer the server and hear it. */
  static outcome<client> open(mcpe_client_options chosen, client_handlers handlers) {
    using all = client_handlers;
    if (handlers.sampling) chosen.sampling = [](void *own, mcpe_responder given, mcpe_str name, mcpe_str params) {
      detail::served<serve>(&static_cast<all *>(own)->sampling, given, name, params);
    };
    if (handlers.elicitation) chosen.elicitation = [](void *own, mcpe_responder given, mcpe_str name, mcpe_str params) {
      detail::served<serve>(&static_cast<all *>(own)->elicitation, given, name, params);
    };
    if (handlers.list_roots) chosen.list_roots = [](void *own, mcpe_responder given, mcpe_str name, mcpe_str params) {
      detail::served<serve>(&static_cast<all *>(own)->list_roots, given, name, params);
    };
    if (handlers.notification) chosen.notification = [](void *own, mcpe_str method, mcpe_str params) {
      detail::call<decltype(all::notification)>(&static_cast<all *>(own)->notification, view(method), view(params));
    };
    chosen.userdata = detail::kept(std::move(handlers));
    chosen.destroy = detail::destroy<all>;
    return open(chosen);
  }
  /** Starts a program. */
  static outcome<client> program(const std::vector<std::string_view> &words) {
    std::vector<mcpe_str> argv;
    for (std::string_view word : words) argv.push_back(str(word));
    mcpe_client_options chosen = options<mcpe_client_options>();
    chosen.argv = argv.data();
    chosen.argv_len = argv.size();
    return open(chosen);
  }
  /** Connects over HTTP. */
  static outcome<client> url(std::string_view address) {
    mcpe_client_options chosen = options<mcpe_client_options>();
    chosen.url = str(address);
    return open(chosen);
  }
  outcome<std::string> server() const { return told(mcpe_client_server); }
  outcome<std::string> list_tools() const { return told(mcpe_client_list_tools); }
  outcome<std::string> list_prompts() const { return told(mcpe_client_list_prompts); }
  outcome<std::string> list_resources() const { return told(mcpe_client_list_resources); }
  outcome<std::string> list_resource_templates() const { return told(mcpe_client_list_resource_templates); }
  /** The result of the tool, also where that has failed: a CallToolResult. */
  outcome<std::string> call_tool(std::string_view name, std::string_view arguments, const mcpe_call_options *chosen = nullptr) const {
    return detail::text([&](mcpe_target to, std::size_t *written) {
      return mcpe_client_call_tool(get(), name.data(), name.size(), arguments.data(), arguments.size(), chosen, to, written);
    });
  }
  /** The same with a function that hears how far it is, on this thread: gets the progress, the total, 0 where it is not known, and what is being done. */
  template <class F>
  outcome<std::string> call_tool(std::string_view name, std::string_view arguments, mcpe_call_options chosen, F &&hear) const {
    chosen.progress = [](void *own, double progress, double total, mcpe_str message) {
      detail::call<std::remove_reference_t<F>>(own, progress, total, view(message));
    };
    chosen.userdata = const_cast<void *>(static_cast<const void *>(std::addressof(hear)));
    return call_tool(name, arguments, &chosen);
  }
  outcome<std::string> read_resource(std::string_view uri) const {
    return detail::text([&](mcpe_target to, std::size_t *written) {
      return mcpe_client_read_resource(get(), uri.data(), uri.size(), to, written);
    });
  }
  outcome<std::string> get_prompt(std::string_view name, std::string_view arguments) const {
    return detail::text([&](mcpe_target to, std::size_t *written) {
      return mcpe_client_get_prompt(get(), name.data(), name.size(), arguments.data(), arguments.size(), to, written);
    });
  }
  /** `params` are those of completion/complete. */
  outcome<std::string> complete(std::string_view params) const {
    return detail::text([&](mcpe_target to, std::size_t *written) {
      return mcpe_client_complete(get(), params.data(), params.size(), to, written);
    });
  }
  /** Calls a tool, and lets a function hear what it has come to: the status and the result, which is valid until that returns. */
  template <class F>
  outcome<done> call_tool_later(std::string_view name, std::string_view arguments, F &&hear, const mcpe_call_options *chosen = nullptr) const {
    return detail::nothing(mcpe_client_call_tool_later(get(), name.data(), name.size(), arguments.data(), arguments.size(), chosen,
                                                       detail::ended<std::decay_t<F>>, detail::kept(std::forward<F>(hear)),
                                                       detail::destroy<std::decay_t<F>>));
  }
  /** The same for any request. */
  template <class F>
  outcome<done> request_later(std::string_view method, std::string_view params, F &&hear, const mcpe_call_options *chosen = nullptr) const {
    return detail::nothing(mcpe_client_request_later(get(), method.data(), method.size(), params.data(), params.size(), chosen,
                                                     detail::ended<std::decay_t<F>>, detail::kept(std::forward<F>(hear)),
                                                     detail::destroy<std::decay_t<F>>));
  }
  /** Calls a tool without waiting for its result. */
  outcome<client_task> start_tool(std::string_view name, std::string_view arguments, const mcpe_call_options *chosen = nullptr) const {
    mcpe_client_task made{};
    mcpe_status got = mcpe_client_start_tool(get(), name.data(), name.size(), arguments.data(), arguments.size(), chosen, &made);
    return detail::told(got, client_task(made));
  }
  outcome<done> notify(std::string_view method, std::string_view params) const {
    return detail::nothing(mcpe_client_notify(get(), method.data(), method.size(), params.data(), params.size()));
  }
  outcome<done> roots_changed() const { return detail::nothing(mcpe_client_roots_changed(get())); }
  /** One of MCPE_LEVEL_…. */
  outcome<done> set_level(std::uint32_t level) const { return detail::told(mcpe_client_set_level(get(), level)); }
  /** Wants to be told when a resource changes, until unsubscribe(). */
  outcome<done> subscribe(std::string_view uri) const { return detail::told(mcpe_client_subscribe(get(), uri.data(), uri.size())); }
  outcome<done> unsubscribe(std::string_view uri) const {
    return detail::told(mcpe_client_unsubscribe(get(), uri.data(), uri.size()));
  }
  /** Wants to be told of what a SubscriptionFilter names. */
  outcome<done> listen(std::string_view filter) const {
    return detail::told(mcpe_client_listen(get(), filter.data(), filter.size()));
  }
  /** The MCPE_REVISION_… that is spoken. */
  outcome<std::uint32_t> revision() const {
    std::uint32_t found = 0;
    mcpe_status got = mcpe_client_revision(get(), &found);
    return detail::give(got, found);
  }
  /** The last that the program has written to its standard error; nothing where there is no program. */
  outcome<std::optional<std::string>> standard_error() const {
    return detail::maybe_text([&](mcpe_target to, std::size_t *written) { return mcpe_client_stderr(get(), to, written); });
  }
  /** How much was not heard, for callbacks have not returned in time. */
  outcome<std::uint64_t> dropped() const {
    std::uint64_t count = 0;
    mcpe_status got = mcpe_client_dropped(get(), &count);
    return detail::give(got, count);
  }
  outcome<std::string> request(std::string_view method, std::string_view params, const mcpe_call_options *chosen = nullptr) const {
    return detail::text([&](mcpe_target to, std::size_t *written) {
      return mcpe_client_request(get(), method.data(), method.size(), params.data(), params.size(), chosen, to, written);
    });
  }
  outcome<done> ping() const { return detail::told(mcpe_client_ping(get())); }
  outcome<std::size_t> cancel(std::uint64_t tag) const {
    std::size_t count = 0;
    mcpe_status got = mcpe_client_cancel(get(), tag, &count);
    return detail::give(got, count);
  }
  outcome<done> close() { return detail::nothing(mcpe_client_close(get())); }

 private:
  outcome<std::string> told(mcpe_status (*tell)(mcpe_client, mcpe_target, std::size_t *)) const {
    return detail::text([&](mcpe_target to, std::size_t *written) { return tell(get(), to, written); });
  }
};

/** Workers for functions: so many at a time. */
class pool : public detail::owner<mcpe_pool, mcpe_pool_free> {
 public:
  using owner::owner;
  static outcome<pool> make(const mcpe_pool_options *chosen = nullptr) {
    mcpe_pool made{};
    mcpe_status got = mcpe_pool_new(chosen, &made);
    return detail::give(got, pool(made));
  }
  /** A job may be one that can only be moved. It must not throw. */
  template <class F>
  outcome<done> submit(F &&job) {
    using own = std::decay_t<F>;
    return detail::nothing(mcpe_pool_submit(get(), run<own>, detail::kept(std::forward<F>(job)), detail::destroy<own>));
  }
  /** How many jobs wait or run. */
  outcome<std::size_t> left() const {
    std::size_t count = 0;
    mcpe_status got = mcpe_pool_left(get(), &count);
    return detail::give(got, count);
  }
  outcome<done> wait() { return detail::nothing(mcpe_pool_wait(get())); }

 private:
  template <class T>
  static void run(void *userdata) noexcept {
    (*static_cast<T *>(userdata))();
  }
};

#endif  // MCPE_FULL

}  // namespace mcpe

#endif
