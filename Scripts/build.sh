#!/bin/bash
# Compiles both programs, optimised, into .build/release. belljar carries Swift's own libraries, so that it runs
# where no Swift is installed; belljar-init is fully static, because nothing of the host exists where it runs.
set -euo pipefail
cd "$(dirname "$0")/.."
umask 022

swift build --configuration release --static-swift-stdlib
