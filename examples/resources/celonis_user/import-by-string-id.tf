# The id in the import block can be the user's e-mail address or id.
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
