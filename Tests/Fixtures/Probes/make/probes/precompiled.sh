# A precompiled header holds a part of the compiler's memory.
printf '#include <vector>\n#include <string>\n' >all.hh; g++ -O2 -x c++-header all.hh -o all.hh.gch; sha256sum all.hh.gch
printf '#include "all.hh"\nint f() { return std::vector<int>(3).size(); }\n' >unit.cc; g++ -O2 -c unit.cc; sha256sum unit.o
