#!/usr/bin/env bash
# Runs terraform test against a simulated team, which exists only during the test.
set -euo pipefail

rm -f team.env
celonis-simulator -team team.yaml -address 127.0.0.1:0 -env-file team.env &
simulator=$!
trap 'kill "$simulator" 2>/dev/null; wait "$simulator"' EXIT

# The file appears when the simulator is ready.
until [ -e team.env ]; do
  kill -0 "$simulator" 2>/dev/null || exit 1 # The simulator has printed the reason.
  sleep 0.1
done
. ./team.env

terraform init
terraform test
