#include "layer.h"
#include "parameter.h"

namespace luqsim::train {
namespace {

class ImageInput : public Input {
 public:
  ImageInput(Backend& backend, const Matrix& images, std::uint64_t columns)
      : backend_(backend), images_(backend.upload(images)), columns_(columns) {}

  Tensor forward(std::span<const std::uint32_t> rows) override {
    const Tensor x = backend_.gather_rows(images_, rows);
    return {x.size() / columns_, columns_, x.data};
  }

 private:
  Backend& backend_;
  Tensor images_;
  std::uint64_t columns_;
};

class Embedding : public Input {
 public:
  Embedding(Backend& backend, const EmbeddingConfig& c)
      : backend_(backend),
        tokens_(backend, random_weights(c.vocabulary, c.width, c.width, c.seed, c.token_tensor)),
        positions_(backend, random_weights(c.context, c.width, c.width, c.seed, c.position_tensor)) {}

  Tensor forward(std::span<const std::uint32_t> rows) override {
    token_rows_.assign(rows.begin(), rows.end());
    position_rows_.resize(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i)
      position_rows_[i] = static_cast<std::uint32_t>(i % positions_.value.rows);
    return backend_.add(backend_.gather_rows(tokens_.value, token_rows_),
                        backend_.gather_rows(positions_.value, position_rows_));
  }

  void backward(const Tensor& gradient) override {
    tokens_.gradient = backend_.scatter_add_rows(gradient, token_rows_, tokens_.value.rows);
    positions_.gradient = backend_.scatter_add_rows(gradient, position_rows_, positions_.value.rows);
  }

  void update(const UpdateRule& rule) override {
    tokens_.update(backend_, rule);
    positions_.update(backend_, rule);
  }

  void visit_weights(const std::function<void(Tensor&)>& visit) override {
    visit(tokens_.value);
    visit(positions_.value);
  }

 private:
  Backend& backend_;
  Parameter tokens_, positions_;
  std::vector<std::uint32_t> token_rows_, position_rows_;  // of the last forward
};

}  // namespace

std::unique_ptr<Input> make_image_input(Backend& backend, const Matrix& images, std::uint64_t columns) {
  return std::make_unique<ImageInput>(backend, images, columns);
}
std::unique_ptr<Input> make_embedding(Backend& backend, const EmbeddingConfig& config) {
  return std::make_unique<Embedding>(backend, config);
}

}  // namespace luqsim::train
