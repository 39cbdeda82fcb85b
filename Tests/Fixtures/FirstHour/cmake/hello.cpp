#include <iostream>

int main() { std::cout << "hi from cmake\n"; }
