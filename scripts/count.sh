#!/usr/bin/env bash
# Adds up lines of "<passed> <failed>" in a file and prints the sum as tests results are wanted: one plain line.
#
# usage: scripts/count.sh <file>
set -euo pipefail

awk '{ passed += $1; failed += $2 } END { printf "%d passed, %d failed\n", passed, failed }' "$1"
