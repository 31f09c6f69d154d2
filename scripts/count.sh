#!/usr/bin/env bash
# Adds up the "<passed> <failed>" lines in a file, and prints the totals on one line.
#
# usage: scripts/count.sh <file>
set -euo pipefail

awk '{ passed += $1; failed += $2 } END { printf "%d passed, %d failed\n", passed, failed }' "$1"
