#include <iostream>

#include "proxy/app.h"
#include "proxy/command_line.h"

int main(int argc, char** argv) {
  return saproxy::proxy::run_command_line({argv + 1, argv + argc}, &saproxy::proxy::run, std::cout, std::cerr);
}
