#include "report.h"

#include <cmath>
#include <cstdio>

#include "plot.h"

namespace deai::simulate::gossip {

namespace {

std::string number(double value) {
  if (!std::isfinite(value)) return "null";
  char text[40];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

std::string quoted(const std::string& word) {
  std::string out = "\"";
  for (const char c : word) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) out += c;
  }
  return out + '"';
}

double bytes_per_round(const Report& report) {
  const Measured& last = report.measured.back();
  return last.round > 0 ? last.bytes / last.round : 0;
}

void print_table(const Options& options, const Report& report) {
  std::printf("%s  codec %s  topology %s  participants %u  weights %zu  step %.4g\n",
              options.scheme.c_str(), options.codec.c_str(), options.topology.c_str(),
              options.participants, report.weights, report.step);
  for (const Measured& at : report.measured) {
    std::printf("round %5u  bytes/participant %12.0f  consensus distance %9.3g", at.round, at.bytes,
                at.consensus);
    if (std::isfinite(at.accuracy)) std::printf("  accuracy %.4f  loss %.4f", at.accuracy, at.loss);
    if (std::isfinite(at.own_accuracy)) std::printf("  own models' %.4f", at.own_accuracy);
    std::printf("\n");
  }
  for (const Report::Reached& reached : report.reached) {
    if (std::isfinite(reached.bytes)) {
      std::printf("distance %g of the first after %u rounds, %.0f bytes a participant\n",
                  reached.share, reached.rounds, reached.bytes);
    } else {
      std::printf("distance %g of the first: not reached\n", reached.share);
    }
  }
  if (report.diverged) std::printf("DIVERGED\n");
  std::printf("bytes sent per participant and round %.0f (full float32 to one: %zu)\n",
              bytes_per_round(report), 4 * report.weights);
}

}  // namespace

std::string json_of(const Options& options, const Report& report) {
  std::string out =
      "{\"scheme\":" + quoted(options.scheme) +
      ",\"topology\":" + quoted(options.edges.empty() ? options.topology : options.edges) +
      ",\"codec\":" + quoted(options.codec) + ",\"task\":" + quoted(options.task) +
      ",\"participants\":" + std::to_string(options.participants) +
      ",\"partition\":" + quoted(options.partition) +
      ",\"rounds\":" + std::to_string(options.rounds) +
      ",\"local_steps\":" + std::to_string(options.local_steps) +
      ",\"learning_rate\":" + number(options.learning_rate) +
      ",\"batch_size\":" + std::to_string(options.batch_size) +
      ",\"decay\":" + (options.decay ? "true" : "false") +
      ",\"momentum\":" + quoted(options.momentum) + ",\"rank\":" + std::to_string(options.rank) +
      ",\"iterations\":" + std::to_string(options.iterations) +
      ",\"bits\":" + std::to_string(options.bits) + ",\"lost\":" + number(options.lost) +
      ",\"seed\":" + std::to_string(options.seed) + ",\"step\":" + number(report.step) +
      ",\"weights\":" + std::to_string(report.weights) +
      ",\"bytes_per_participant_and_round\":" + number(bytes_per_round(report)) +
      ",\"messages_per_participant_and_round\":" + number(report.messages) +
      ",\"diverged\":" + (report.diverged ? "true" : "false") + ",\"reached\":[";
  for (const Report::Reached& reached : report.reached) {
    out += (&reached == report.reached.data() ? "{\"share\":" : ",{\"share\":") +
           number(reached.share) + ",\"bytes\":" + number(reached.bytes) +
           ",\"rounds\":" + std::to_string(reached.rounds) + "}";
  }
  out += "],\"measured\":[";
  for (const Measured& at : report.measured) {
    out += (&at == report.measured.data() ? "{\"round\":" : ",{\"round\":") +
           std::to_string(at.round) + ",\"bytes\":" + number(at.bytes) +
           ",\"consensus\":" + number(at.consensus) + ",\"accuracy\":" + number(at.accuracy) +
           ",\"loss\":" + number(at.loss) + ",\"own_accuracy\":" + number(at.own_accuracy) + "}";
  }
  return out + "]}";
}

void tell(const Options& options, const Report& report) {
  if (options.json) {
    std::printf("%s\n", json_of(options, report).c_str());
  } else {
    print_table(options, report);
  }
  if (!options.svg.empty()) draw(options, report);
}

}  // namespace deai::simulate::gossip
