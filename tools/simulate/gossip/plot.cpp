#include "plot.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/error.h"

namespace deai::simulate::gossip {

namespace {

struct Point {
  double x, y;
};

std::string shown(const char* format, double a, double b = 0, double c = 0, double d = 0) {
  char text[300];
  std::snprintf(text, sizeof text, format, a, b, c, d);
  return text;
}

// One frame of 360 x 220 whose left upper corner is at (left, 40).
std::string frame(double left, const char* title, const std::vector<Point>& points,
                  const char* x_format) {
  double low_x = points.front().x, high_x = low_x, low_y = points.front().y, high_y = low_y;
  for (const Point& point : points) {
    low_x = std::min(low_x, point.x), high_x = std::max(high_x, point.x);
    low_y = std::min(low_y, point.y), high_y = std::max(high_y, point.y);
  }
  if (high_x <= low_x) high_x = low_x + 1;
  if (high_y <= low_y) high_y = low_y + 1;
  const auto x_of = [&](double x) { return left + 360 * (x - low_x) / (high_x - low_x); };
  const auto y_of = [&](double y) { return 260 - 220 * (y - low_y) / (high_y - low_y); };
  std::string out = shown(
      "<rect x='%.1f' y='40' width='360' height='220' fill='none' "
      "stroke='#999'/>\n<polyline fill='none' stroke='#06c' stroke-width='2' "
      "points='",
      left);
  for (const Point& point : points) out += shown("%.1f,%.1f ", x_of(point.x), y_of(point.y));
  out += "'/>\n" + shown("<text x='%.1f' y='30'>", left) + title + "</text>\n";
  out += shown("<text x='%.1f' y='280'>", left) + shown(x_format, low_x) + "</text>\n";
  out += shown("<text x='%.1f' y='280' text-anchor='end'>", left + 360) + shown(x_format, high_x) +
         "</text>\n";
  out += shown("<text x='%.1f' y='260' text-anchor='end'>%.3g</text>\n", left - 4, low_y);
  out += shown("<text x='%.1f' y='50' text-anchor='end'>%.3g</text>\n", left - 4, high_y);
  return out;
}

}  // namespace

void draw(const Options& options, const Report& report) {
  std::vector<Point> by_rounds, by_bytes;
  const bool trained = std::isfinite(report.measured.back().accuracy);
  for (const Measured& at : report.measured) {
    const double y = trained ? at.accuracy : std::log10(at.consensus + 1e-30);
    if (!std::isfinite(y)) continue;
    by_rounds.push_back({static_cast<double>(at.round), y});
    if (at.bytes > 0) by_bytes.push_back({std::log10(at.bytes), y});
  }
  if (by_rounds.empty() || by_bytes.empty()) return;
  const char* const y = trained ? "accuracy" : "log10 of the consensus distance";
  const std::string svg =
      "<svg xmlns='http://www.w3.org/2000/svg' width='900' height='300' font-family='sans-serif' "
      "font-size='12'>\n<rect width='900' height='300' fill='white'/>\n" +
      frame(60, text(y, " against rounds").c_str(), by_rounds, "%.0f") +
      frame(510, text(y, " against log10 of bytes per participant").c_str(), by_bytes, "%.2f") +
      "</svg>\n";
  std::FILE* const file = std::fopen(options.svg.c_str(), "wb");
  if (file == nullptr || std::fwrite(svg.data(), 1, svg.size(), file) != svg.size() ||
      std::fclose(file) != 0) {
    fail(ErrorCode::kFile, text("simulate: cannot write ", options.svg));
  }
}

}  // namespace deai::simulate::gossip
