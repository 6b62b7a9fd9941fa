#include <array>
#include <cmath>
#include <vector>

#include "kernels/channel_norm.h"
#include "kernels/naive.h"
#include "kernels/parallel.h"
#include "kernels/row_norm.h"

namespace {

using namespace deai;
using deai::kernels::test::Memory;

constexpr double kEpsilon = 1e-3;

// The places in x [batch, pixels, channels] that share statistics, and those statistics; naive
// loops over them serve rows (one pixel, one group) and channels.
struct Neighbours {
  std::vector<Index> places;
  double mean = 0;
  double scale = 1;

  void measure(Memory& x, bool centred) {
    const auto count = static_cast<double>(places.size());
    for (const Index at : places) mean += static_cast<double>(x[at]) / count;
    if (!centred) mean = 0;
    double variance = 0;
    for (const Index at : places) {
      variance += std::pow(static_cast<double>(x[at]) - mean, 2) / count;
    }
    scale = 1 / std::sqrt(variance + kEpsilon);
  }
};

std::vector<Neighbours> neighbours_of(const kernels::ChannelNorm& s) {
  std::vector<Neighbours> out;
  for (Index image = 0; image < s.batch; ++image) {
    for (Index first = 0; first < s.channels; first += s.group) {
      Neighbours some;
      for (Index pixel = 0; pixel < s.pixels; ++pixel) {
        for (Index c = first; c < first + s.group; ++c) {
          some.places.push_back((image * s.pixels + pixel) * s.channels + c);
        }
      }
      out.push_back(some);
    }
  }
  return out;
}

struct Expected {
  std::vector<double> y, dx, dgamma, dbeta;
};

// x, gamma, beta, dy; and what dx held before.
Expected naive(const kernels::ChannelNorm& s, bool centred, std::array<Memory*, 4> in,
               Memory& before, bool accumulate) {
  auto& [x, gamma, beta, dy] = in;
  const auto width = static_cast<std::size_t>(s.channels);
  Expected out{std::vector<double>(static_cast<std::size_t>(x->size())), {}, {}, {}};
  out.dx = out.y;
  out.dgamma.assign(width, 0);
  out.dbeta.assign(width, 0);
  for (Neighbours& some : neighbours_of(s)) {
    some.measure(*x, centred);
    const auto count = static_cast<double>(some.places.size());
    double mean_g = 0, mean_gn = 0;
    const auto n_of = [&](Index at) {
      return (static_cast<double>((*x)[at]) - some.mean) * some.scale;
    };
    const auto g_of = [&](Index at) {
      return static_cast<double>((*dy)[at]) * static_cast<double>((*gamma)[at % s.channels]);
    };
    for (const Index at : some.places) {
      mean_g += g_of(at) / count;
      mean_gn += g_of(at) * n_of(at) / count;
    }
    if (!centred) mean_g = 0;
    for (const Index at : some.places) {
      const auto place = static_cast<std::size_t>(at);
      const auto c = static_cast<std::size_t>(at % s.channels);
      out.y[place] = n_of(at) * static_cast<double>((*gamma)[at % s.channels]) +
                     static_cast<double>((*beta)[at % s.channels]);
      out.dx[place] = some.scale * (g_of(at) - mean_g - n_of(at) * mean_gn) +
                      (accumulate ? static_cast<double>(before[at]) : 0.0);
      out.dgamma[c] += static_cast<double>((*dy)[at]) * n_of(at);
      out.dbeta[c] += static_cast<double>((*dy)[at]);
    }
  }
  return out;
}

void check_rows(Index rows, Index columns, bool centred, bool accumulate) {
  INFO(rows << " rows of " << columns);
  Random random(12, 0);
  Memory x(rows * columns), gamma(columns), beta(columns), dy(x.size()), dx(x.size());
  for (Memory* memory : {&x, &gamma, &beta, &dy, &dx}) memory->draw(random);
  const Expected expected =
      naive({rows, 1, columns, columns}, centred, {&x, &gamma, &beta, &dy}, dx, accumulate);
  const kernels::RowNorm sizes{rows, columns, centred, static_cast<real>(kEpsilon)};
  Memory y(x.size()), statistics(2 * rows), dgamma(columns);
  kernels::row_norm(sizes, x.data(), gamma.data(), beta.data(), y.data(), statistics.data());
  kernels::row_norm_input_gradient(sizes, x.data(), statistics.data(), gamma.data(), dy.data(),
                                   dx.data(), accumulate);
  kernels::row_norm_gamma_gradient(sizes, x.data(), statistics.data(), dy.data(), dgamma.data(),
                                   false);
  // Scales reach 1 / √ε ≈ 30 where a row has one element.
  kernels::test::require_close(y, expected.y, 50 + columns);
  kernels::test::require_close(dx, expected.dx, 1000 + columns);
  kernels::test::require_close(dgamma, expected.dgamma, 50 + rows);
}

void check_channels(const kernels::ChannelNorm& s, bool accumulate) {
  INFO("batch " << s.batch << " pixels " << s.pixels << " channels " << s.channels << " group "
                << s.group);
  Random random(13, 0);
  Memory x(s.batch * s.pixels * s.channels), gamma(s.channels), beta(s.channels);
  Memory dy(x.size()), dx(x.size());
  for (Memory* memory : {&x, &gamma, &beta, &dy, &dx}) memory->draw(random);
  const Expected expected = naive(s, true, {&x, &gamma, &beta, &dy}, dx, accumulate);
  const Index each = s.batch * s.channels;
  Memory y(x.size()), mean(each), scale(each), sums(each), products(each), workspace(2 * each);
  kernels::channel_moments(s, x.data(), mean.data(), scale.data());
  kernels::inverse_deviation(scale.data(), each, static_cast<real>(kEpsilon), scale.data());
  kernels::channel_norm(s, x.data(), mean.data(), scale.data(), gamma.data(), beta.data(),
                        y.data());
  kernels::channel_norm_sums(s, x.data(), mean.data(), scale.data(), dy.data(), sums.data(),
                             products.data());
  kernels::channel_norm_input_gradient(s, false, x.data(), mean.data(), scale.data(), gamma.data(),
                                       dy.data(), sums.data(), products.data(), dx.data(),
                                       accumulate, workspace.data());
  kernels::test::require_close(y, expected.y, 50 + s.pixels);
  kernels::test::require_close(dx, expected.dx, 1000 + s.pixels);
  Memory dgamma(s.channels), dbeta(s.channels);
  for (Index at = 0; at < each; ++at) {
    dgamma[at % s.channels] += products[at];
    dbeta[at % s.channels] += sums[at];
  }
  kernels::test::require_close(dgamma, expected.dgamma, 50 + s.batch * s.pixels);
  kernels::test::require_close(dbeta, expected.dbeta, s.batch * s.pixels);
}

}  // namespace

TEST_CASE("normalised rows agree with a naive loop") {
  for (const bool flag : {false, true}) {
    check_rows(0, 5, true, flag);
    check_rows(3, 1, true, flag);
    check_rows(4, 16, flag, true);
    check_rows(5, 37, flag, false);
    check_rows(700, 9, flag, false);
  }
}

TEST_CASE("normalised channels agree with a naive loop") {
  for (const bool accumulate : {false, true}) {
    check_channels({1, 2, 1, 1}, accumulate);
    check_channels({0, 4, 6, 3}, accumulate);
    check_channels({3, 5, 6, 2}, accumulate);
    check_channels({2, 7, 48, 16}, accumulate);
    check_channels({1, 300, 90, 1}, accumulate);
    check_channels({2, 3, 140, 70}, accumulate);
  }
}

TEST_CASE("the mean does not eat the variance") {
  constexpr Index kCount = 1000;
  Memory x(kCount), y(kCount), one(kCount, 1), zero(kCount, 0), statistics(2);
  for (Index i = 0; i < kCount; ++i) x[i] = 1000 + static_cast<real>(i % 2);
  kernels::row_norm({1, kCount, true, 0}, x.data(), one.data(), zero.data(), y.data(),
                    statistics.data());
  for (Index i = 0; i < kCount; ++i) {
    CHECK(std::abs(y[i] - (i % 2 == 0 ? real(-1) : real(1))) < real(1e-3));
  }
}

TEST_CASE("normalisation does not depend on the number of threads") {
  if (!kernels::kHasThreads) SKIP("this build has no threads");
  Random random(14, 0);
  const kernels::ChannelNorm s{3, 700, 200, 10};
  Memory x(s.batch * s.pixels * s.channels), gamma(s.channels);
  x.draw(random);
  gamma.draw(random);
  const auto run = [&](Index threads) {
    kernels::set_threads(threads);
    Memory y(x.size()), dgamma(s.channels), each(2 * x.size());
    const Index rows = s.batch * s.pixels;
    std::vector<real> out;
    kernels::row_norm({rows, s.channels, true, 1}, x.data(), gamma.data(), nullptr, y.data(),
                      each.data());
    kernels::row_norm_gamma_gradient({rows, s.channels, true, 1}, x.data(), each.data(), y.data(),
                                     dgamma.data(), false);
    out.assign(y.begin(), y.end());
    out.insert(out.end(), dgamma.begin(), dgamma.end());
    kernels::channel_moments(s, x.data(), each.data(), each.data() + s.batch * s.channels);
    out.insert(out.end(), each.begin(), each.begin() + 2 * s.batch * s.channels);
    kernels::set_threads(1);
    return out;
  };
  const std::vector<real> alone = run(1);
  CHECK(run(2) == alone);
  CHECK(run(5) == alone);
}
