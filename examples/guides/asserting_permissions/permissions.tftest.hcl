# terraform test: fails where a check of main.tf does. It reads, and changes nothing.

run "nobody_may_do_too_much" {
  command = plan
}

# And the checks do look: without anybody on the list, the administrators that there are must be found.
run "a_surplus_administrator_is_found" {
  command = plan

  variables {
    administrators = []
  }

  expect_failures = [check.only_these_administer]
}
