#!/usr/bin/env bash
# Prints the path of the CLI to use: $TF_ACC_TERRAFORM_PATH, otherwise terraform, otherwise tofu, otherwise OpenTofu built from tools/,
# which takes about five minutes the first time.
set -euo pipefail

if [ -n "${TF_ACC_TERRAFORM_PATH:-}" ]; then
  [ -x "$TF_ACC_TERRAFORM_PATH" ] || { echo "TF_ACC_TERRAFORM_PATH is not a program: $TF_ACC_TERRAFORM_PATH" >&2; exit 1; }
  echo "$TF_ACC_TERRAFORM_PATH"
elif ! command -v terraform && ! command -v tofu; then
  echo "Neither terraform nor tofu is installed: using OpenTofu from tools/." >&2
  exec "$(dirname "${BASH_SOURCE[0]}")/tool.sh" opentofu
fi
