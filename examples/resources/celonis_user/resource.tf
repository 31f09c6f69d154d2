resource "celonis_user" "ada" {
  user_name    = "ada.lovelace@example.com"
  display_name = "Ada Lovelace"
  external_id  = "hr-0815" # The user's id in your identity provider.
  role         = "ANALYST"

  send_invitation_email = true # Applies only when the user is created.
}
