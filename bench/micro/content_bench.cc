// Reading what registration needs out of one <AE>: 464 bytes of JSON, 497 of XML, 367 of CBOR.
#include <benchmark/benchmark.h>

#include <string>
#include <utility>

#include "policy/resource_content.h"
#include "tests/policy/content_tree.h"

namespace saproxy::bench {
namespace {

using namespace policy;

Tree usual_ae() {
  return ae({{"rn", text("temperature-sensor-4711")},
             {"ty", number(2)},
             {"ri", text("CAE20261124T220539")},
             {"pi", text("cse-in")},
             {"ct", text("20261124T220539,374000")},
             {"lt", text("20261124T220539,374000")},
             {"et", text("20281124T220539,374000")},
             {"api", text("Ntemperature.project.example.com")},
             {"aei", text("CAE20261124T220539")},
             {"apn", text("temperature of room 12, b7")},
             {"rr", boolean(true)},
             {"poa", list({text("http://sensor.example.com:9001/notify"), text("mqtt://broker.example.com:1883")})},
             {"lbl", list({text("building/7"), text("floor/3"), text("room/12")})},
             {"srv", list({text("2a"), text("3"), text("4")})}});
}

void read_ae(benchmark::State& state, Serialisation serialisation, const std::string& content) {
  for (auto _ : state) {
    auto read = read_resource_content(serialisation, content);
    if (!read || read->type != kTypeAe) state.SkipWithError("refused");
    benchmark::DoNotOptimize(read);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * content.size()));
}

BENCHMARK_CAPTURE(read_ae, json, Serialisation::Json, to_json(usual_ae()));
BENCHMARK_CAPTURE(read_ae, xml, Serialisation::Xml, to_xml(usual_ae()));
BENCHMARK_CAPTURE(read_ae, cbor, Serialisation::Cbor, to_cbor(usual_ae()));

}  // namespace
}  // namespace saproxy::bench
