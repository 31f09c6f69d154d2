resource "celonis_user" "ada" {
  user_name    = "ada.lovelace@example.com"
  display_name = "Ada Lovelace"
  external_id  = "hr-0815" # As your identity provider knows her.
  role         = "ANALYST"

  send_invitation_email = true # When she is created, and never again.
}
