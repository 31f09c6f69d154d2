# Run this file with terraform test. The test only reads data. It fails if a check in
# main.tf fails.

run "nobody_may_do_too_much" {
  command = plan
}

# Proves that the check can fail: with an empty list, it must report the existing
# administrators.
run "a_surplus_administrator_is_found" {
  command = plan

  variables {
    administrators = []
  }

  expect_failures = [check.only_these_administer]
}
