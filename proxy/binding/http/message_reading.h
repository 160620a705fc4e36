// What both parsers keep of the message that they are reading.
#pragma once

#include <llhttp.h>

#include <cstdint>
#include <span>

#include "proxy/binding/http/head_lines.h"
#include "proxy/binding/http/llhttp_message.h"
#include "proxy/binding/http/parser.h"

namespace saproxy::proxy::http {

template <class MessageHead>
struct MessageReading {
  enum class Phase : std::uint8_t { Head, Body, Ended, Closed, Failed };  // Closed: nothing may follow the message

  MessageReading(const ParseLimits& given, const HeadRules& rules, llhttp_type_t type)
      : limits(given), lines(rules, limits), message(type) {
    start();
  }

  void start() {
    head.clear();
    lines.start();
    message.start();
    phase = Phase::Head;
  }

  Event fail(ParseError error) {
    phase = Phase::Failed;
    failure = error;
    Event event;
    event.kind = Event::Kind::Error;
    event.error = error;
    return event;
  }

  Event read_body(std::span<const std::uint8_t> bytes) {
    const Event event = message.read_body(bytes, limits.max_body);
    if (event.kind == Event::Kind::Error) return fail(event.error);
    if (event.kind == Event::Kind::End) phase = Phase::Ended;
    return event;
  }

  ParseLimits limits;
  MessageHead head;
  HeadLines lines;
  LlhttpMessage message;
  Phase phase = Phase::Head;
  ParseError failure = ParseError::None;
};

}  // namespace saproxy::proxy::http
