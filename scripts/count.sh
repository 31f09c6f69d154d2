#!/usr/bin/env bash
# Adds up the lines "<passed> <failed>" in a file and prints the sum in one line.
#
# usage: scripts/count.sh <file>
set -euo pipefail

awk '{ passed += $1; failed += $2 } END { printf "%d passed, %d failed\n", passed, failed }' "$1"
