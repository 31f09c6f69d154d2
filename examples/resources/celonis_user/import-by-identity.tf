import {
  to = celonis_user.grace
  identity = {
    id = "d3a5b9e1-7c26-4f48-9b0d-5e1f8a6c2437"
  }
}

resource "celonis_user" "grace" {
  user_name    = "grace.hopper@example.com"
  display_name = "Grace Hopper"
  external_id  = "hr-0042"
  role         = "ANALYST"
}
