#!/usr/bin/env bash
# Prints the path of the CLI to use. This is the first of these that exists: $TF_ACC_TERRAFORM_PATH, terraform, tofu, and OpenTofu
# built from tools/. The first build of OpenTofu takes about five minutes.
set -euo pipefail

if [ -n "${TF_ACC_TERRAFORM_PATH:-}" ]; then
  [ -x "$TF_ACC_TERRAFORM_PATH" ] || { echo "TF_ACC_TERRAFORM_PATH is not an executable file: $TF_ACC_TERRAFORM_PATH" >&2; exit 1; }
  echo "$TF_ACC_TERRAFORM_PATH"
elif ! command -v terraform && ! command -v tofu; then
  echo "Neither terraform nor tofu is installed. Using OpenTofu from tools/." >&2
  exec "$(dirname "${BASH_SOURCE[0]}")/tool.sh" opentofu
fi
