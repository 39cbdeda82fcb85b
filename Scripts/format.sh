#!/bin/bash
# `format.sh lint` checks the style of every Swift file, `format.sh format` changes the files to be in it.
set -euo pipefail
cd "$(dirname "$0")/.."

folders=(Package.swift Sources Tests Benchmarks/Package.swift Benchmarks/Sources Fuzz/Package.swift Fuzz/Sources Fuzz/Targets)
case "${1:-}" in
lint) swift format lint --strict --parallel --recursive "${folders[@]}" ;;
format) swift format format --in-place --parallel --recursive "${folders[@]}" ;;
*)
    echo "usage: format.sh lint|format" >&2
    exit 2
    ;;
esac
