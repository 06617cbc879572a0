// watched_loop read|stat COUNT: makes as many calls that the injector watches, by a descriptor or
// by a path, and nothing else.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const bool reads = std::strcmp(argv[1], "read") == 0;
  char byte;
  struct stat status;
  for (long left = std::atol(argv[2]); left > 0; --left) {
    const long result = reads ? read(0, &byte, 1) : stat("/dev/null", &status);
    if (result != 0) return 1;
  }
  return 0;
}
