#include "tests/support/ocsp_files.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>

#include "tests/support/temporary_folder.h"

namespace saproxy::tests {
namespace {

class Files {
 public:
  Files() {
    const std::string command = std::string(SAPROXY_SOURCE_DIR) + "/tests/support/pki/make-ocsp " +
                                folder_.path().string() + " >/dev/null 2>&1";
    if (std::system(command.c_str()) != 0) throw std::runtime_error("make-ocsp failed");
  }
  const identity::Bytes& read(const std::string& name) {
    identity::Bytes& content = read_[name];
    if (content.empty()) {
      std::ifstream stream(folder_.file(name), std::ios::binary);
      content.assign(std::istreambuf_iterator<char>(stream), {});
      if (content.empty()) throw std::runtime_error("no " + name);
    }
    return content;
  }

 private:
  support::TemporaryFolder folder_;
  std::map<std::string, identity::Bytes> read_;
};

}  // namespace

const identity::Bytes& ocsp_file(const std::string& name) {
  static Files files;
  return files.read(name);
}

}  // namespace saproxy::tests
