// The query of GET /explain: what goes in comes out, and nothing else is taken.
#include "proxy/admin/explain_query.h"

#include <gtest/gtest.h>

namespace saproxy::proxy {
namespace {

ExplainQuestion smallest() {
  ExplainQuestion question;
  question.request.credential_id = "12-ae1@sp.example.com";
  question.request.to = "/cse1";
  return question;
}

TEST(ExplainQuery, HasWhatMustBeThere) {
  EXPECT_EQ(explain_query(smallest()), "credential=12-ae1%40sp.example.com&op=retrieve&to=%2Fcse1");
}

TEST(ExplainQuery, GivesBackEveryMember) {
  ExplainQuestion question = smallest();
  EXPECT_EQ(parse_explain_query(explain_query(question)), question);
  question.listener = "https";
  question.request.operation = policy::Operation::Create;
  question.request.from = "";
  question.request.resource_type = 2;
  question.request.result_content = 4294967295;
  question.request.request_expiration = "20261124T060000,000";
  question.request.content_id = "C1&op=delete";
  question.request.app_id = "N \xc3\xa9=%41";
  EXPECT_EQ(parse_explain_query(explain_query(question)), question);
}

TEST(ExplainQuery, RefusesEverythingElse) {
  const std::string good = explain_query(smallest());
  for (const std::string& query : {std::string(),
                                   good + "&",
                                   good + "&x=1",
                                   good + "&op=create",
                                   good + "&to=x",
                                   good + "&from=a&from=b",
                                   good + "&ty=",
                                   good + "&ty=x",
                                   good + "&ty=02",
                                   good + "&ty=4294967296",
                                   good + "&ty=-1",
                                   good + "&ty=2&ty=2",
                                   good + "&from",
                                   good + "&from=%4",
                                   good + "&from=%zz",
                                   "&" + good,
                                   std::string("credential=a&to=b"),
                                   std::string("credential=a&op=retrieve"),
                                   std::string("op=retrieve&to=b"),
                                   std::string("credential=a&op=dance&to=b"),
                                   std::string("CREDENTIAL=a&op=retrieve&to=b")})
    EXPECT_EQ(parse_explain_query(query), std::nullopt) << query;
}

}  // namespace
}  // namespace saproxy::proxy
