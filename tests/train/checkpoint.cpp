#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <string>

#include "support/errors.h"
#include "train/files.h"
#include "train/training.h"

using namespace deai;
namespace fs = std::filesystem;

namespace {

// A folder of its own for the files of one test.
struct Folder {
  Folder() : path(fs::temp_directory_path() / "deai-train-test") {
    fs::remove_all(path);
    fs::create_directory(path);
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  std::string operator/(const char* name) const { return (path / name).string(); }

  fs::path path;
};

// Compared as one: they are no text to be printed.
bool equal(const std::string& a, const std::string& b) {
  return train::read_file(a) == train::read_file(b);
}

train::Options options(double epochs, std::uint64_t seed = 5) {
  train::Options given;
  given.task = "tasks/penguins";
  given.epochs = epochs;
  given.seed = seed;
  return given;
}

}  // namespace

TEST_CASE("train goes on from a checkpoint with the bits of one run") {
  const Folder folder;
  train::Options whole = options(4);
  whole.export_to = folder / "whole";
  train::run(whole);

  train::Options part = options(2);
  part.checkpoint = folder / "checkpoint";
  train::run(part);
  // In mid epoch, with another seed: the checkpoint's counts.
  part = options(4, 6);
  part.checkpoint = folder / "checkpoint";
  part.steps = 3;
  train::run(part);
  part.steps = whole.steps;
  part.export_to = folder / "part";
  train::run(part);
  CHECK(equal(folder / "part", folder / "whole"));

  // All was done already.
  part.export_to = folder / "again";
  train::run(part);
  CHECK(equal(folder / "again", folder / "whole"));

  train::Options other = options(4);
  other.export_to = folder / "other";
  other.seed = 6;
  train::run(other);
  CHECK_FALSE(equal(folder / "other", folder / "whole"));
}

TEST_CASE("train refuses a checkpoint that is none and a place where none can be written") {
  const Folder folder;
  train::Options given = options(1);
  given.export_to = folder / "model";
  train::run(given);
  given.checkpoint = folder / "model";
  CHECK(support::error_of([&] { train::run(given); }).starts_with("file: "));
  given.checkpoint = folder / "nowhere/checkpoint";
  CHECK(support::error_of([&] { train::run(given); }).find("cannot write ") != std::string::npos);
}
