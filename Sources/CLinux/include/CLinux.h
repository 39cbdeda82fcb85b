#ifndef BELLJAR_CLINUX_H
#define BELLJAR_CLINUX_H
// What Swift cannot call: variadic functions and function-like macros. Header-only; each shim says why it exists.
#endif
