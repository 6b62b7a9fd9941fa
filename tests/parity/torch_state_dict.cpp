#include <algorithm>

#include <catch2/catch_test_macros.hpp>

#include "model/safetensors.h"
#include "parity/torch_dump.h"

// A model file as PyTorch's users write it, and what PyTorch's network says of a batch.
namespace {

using namespace deai;

std::string numbers_of(const std::string& file) {
  ByteReader reader({reinterpret_cast<const std::uint8_t*>(file.data()), file.size()});
  return file.substr(8 + static_cast<std::size_t>(reader.u64()));
}

}  // namespace

TEST_CASE("a state_dict of PyTorch is read, predicts PyTorch's numbers, and is written again") {
  const parity::TorchDump run("state_dict_run");
  const auto& [name, description] = run.cases().front();
  model::Model model(parity::task_of(description));
  const std::string file = support::read_text("tests/parity/torch/state_dict.safetensors");
  const ByteView bytes{reinterpret_cast<const std::uint8_t*>(file.data()), file.size()};
  const model::ReadReport report =
      model::TensorFile(bytes).read(model.parameters(), model.weights());
  CHECK(report.read.size() == model.parameters().size());

  nn::Context judging;
  const autograd::Variable inputs(run.tensor(name, "inputs"));
  const tensor::Tensor outputs = model.forward(judging, model.judged(), inputs).value();
  const tensor::Tensor expected = run.tensor(name, "judged");
  CHECK(parity::distance(outputs.span(), expected.span()) < 1e-5);

  // The file counts batches besides (8 bytes, behind the statistics of layer 1).
  const Bytes again =
      model::write_safetensors(model.parameters(), std::as_const(model).weights(), {});
  std::string numbers = numbers_of(file);
  numbers.erase(sizeof(float) * (6 * 3 * 3 * 3 + 6 + 4 * 6), 8);
  CHECK(numbers_of({again.begin(), again.end()}) == numbers);
}
