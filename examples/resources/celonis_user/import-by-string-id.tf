# The id in the import block is the e-mail address; the user's id works too.
import {
  to = celonis_user.grace
  id = "grace.hopper@example.com"
}

resource "celonis_user" "grace" {
  user_name    = "grace.hopper@example.com"
  display_name = "Grace Hopper"
  external_id  = "hr-0042"
  role         = "ANALYST"
}
