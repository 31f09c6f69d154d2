#!/usr/bin/env bash
# Prints the path of the command that stands for Terraform: $TF_ACC_TERRAFORM_PATH, else terraform, else tofu, else an
# OpenTofu that is built from tools/ (once, about five minutes).
set -euo pipefail

if [ -n "${TF_ACC_TERRAFORM_PATH:-}" ]; then
  [ -x "$TF_ACC_TERRAFORM_PATH" ] || { echo "TF_ACC_TERRAFORM_PATH is not a program: $TF_ACC_TERRAFORM_PATH" >&2; exit 1; }
  echo "$TF_ACC_TERRAFORM_PATH"
elif ! command -v terraform && ! command -v tofu; then
  exec "$(dirname "${BASH_SOURCE[0]}")/tool.sh" opentofu
fi
