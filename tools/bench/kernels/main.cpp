// bench_kernels [--case TEXT] [--runs N] [--threads N]: one JSON line a case, {"case", "ms_median", "ms_min", "gflops"}; gflops by the
// fastest run. Only the cases whose name contains TEXT; N timed runs (15 unless told) of about 20 ms each.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "cases.h"
#include "kernels/parallel.h"

namespace {

using deai::bench::Case;

double now_ms() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::milli>(since).count();
}

double timed_ms(const Case& one, int repeats) {
  const double begin = now_ms();
  for (int i = 0; i < repeats; ++i) one.run();
  return (now_ms() - begin) / repeats;
}

void measure(const Case& one, int runs) {
  one.run();  // warms caches; in a page the compiler's second tier comes with the first runs
  constexpr double kRunMs = 20;
  timed_ms(one, 3);
  const int repeats = std::clamp(static_cast<int>(kRunMs / timed_ms(one, 1)), 1, 10'000);
  std::vector<double> times;
  for (int run = 0; run < runs; ++run) times.push_back(timed_ms(one, repeats));
  std::sort(times.begin(), times.end());
  std::printf(R"({"case":"%s","ms_median":%.4f,"ms_min":%.4f,"gflops":%.2f})"
              "\n",
              one.name.c_str(), times[times.size() / 2], times.front(),
              one.flop / times.front() / 1e6);
}

}  // namespace

int main(int count, char** words) {
  std::string_view wanted;
  int runs = 15;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    if (word == "--case" && i + 1 < count) {
      wanted = words[++i];
    } else if (word == "--runs" && i + 1 < count) {
      runs = std::max(1, std::atoi(words[++i]));
    } else if (word == "--threads" && i + 1 < count) {
      deai::kernels::set_threads(std::clamp(std::atoi(words[++i]), 1, 16));
    } else {
      std::fprintf(stderr, "usage: bench_kernels [--case TEXT] [--runs N] [--threads N]\n");
      return 2;
    }
  }
  for (const Case& one : deai::bench::kernel_cases()) {
    if (one.name.find(wanted) != std::string::npos) measure(one, runs);
  }
  return 0;
}
