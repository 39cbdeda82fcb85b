# CMake with both of its generators.
cat >CMakeLists.txt <<'X'
cmake_minimum_required(VERSION 3.20)
project(probe C)
string(TIMESTAMP now "%Y-%m-%d %H:%M:%S")
string(RANDOM LENGTH 12 word)
string(UUID id NAMESPACE 6ba7b810-9dad-11d1-80b4-00c04fd430c8 NAME probe TYPE SHA1)
cmake_host_system_information(RESULT about QUERY NUMBER_OF_LOGICAL_CORES HOSTNAME OS_RELEASE TOTAL_PHYSICAL_MEMORY)
message(STATUS "now ${now} word ${word} id ${id} about ${about}")
file(GLOB found /usr/share/perl5/*)
string(SHA256 sum "${found}")
message(STATUS "found ${sum}")
add_executable(probe main.c)
X
echo 'int main(void) { return 0; }' >main.c
for generator in Ninja 'Unix Makefiles'; do
    cmake -G "$generator" -S . -B "of $generator" 2>&1; cmake --build "of $generator" -j2 >log 2>&1 && echo built
    grep -qiE 'skew|future' log && echo "no skew: bad" || echo "no skew: ok"
    sha256sum "of $generator/probe" "of $generator/CMakeCache.txt"
done
