// Texts of others in CSV and JSON.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "client/common/text.h"

using namespace tilework;

TEST_CASE("a field of CSV that a spreadsheet would take for a formula isn't one any more") {
  for (const std::string formula :
       {"=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", " =1+1", "\uff1d1+1"}) {
    const std::string field = cli::csv_field(formula);
    INFO(field);
    CHECK(field.front() == '\'');
  }
  CHECK(cli::csv_field("=HYPERLINK(\"http://x\",\"y\")") == "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"");
  CHECK(cli::csv_field("spot") == "spot");
  CHECK(cli::csv_field("a=b") == "a=b");
  CHECK(cli::csv_field("") == "");
  CHECK(cli::csv_field("two\nlines, \"quoted\"") == "\"two lines, \"\"quoted\"\"\"");
}

TEST_CASE("JSON keeps texts to the byte, and can be shown on a terminal") {
  const std::string text = "a\n\x1b[31m\u202egnp\u0085\U000e0041\x7f\" \u00fc";
  const nlohmann::json document{{"text", text}};
  const std::string shown = cli::json_text(document, -1);
  CHECK(shown ==
        "{\"text\":\"a\\n\\u001b[31m\\u202egnp\\u0085\\udb40\\udc41\\u007f\\\" \u00fc\"}\n");  // by RFC 8259
  CHECK(nlohmann::json::parse(shown) == document);
  CHECK(nlohmann::json::parse(cli::json_text(nlohmann::json{{"text", "a\xff"}}))["text"] == "a\ufffd");
}
