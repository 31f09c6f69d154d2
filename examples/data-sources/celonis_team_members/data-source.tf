data "celonis_team_members" "all" {}

locals {
  administrators = [
    for member in data.celonis_team_members.all.members : member.email
    if member.role == "ADMIN"
  ]
  surplus = setsubtract(local.administrators, ["margaret.hamilton@example.com"])
}

check "only_the_platform_team_administers" {
  assert {
    condition     = length(local.surplus) == 0
    error_message = "Also administrators: ${join(", ", local.surplus)}."
  }
}

output "inactive_members" {
  description = "Active members who have never signed in, or not for 90 days."
  value = [
    for member in data.celonis_team_members.all.members : member.email
    if member.status == "Active" && coalesce(member.inactivity_days, 10000) > 90
  ]
}
