# All administrators, with the attributes that an import would read.
list "celonis_user" "administrators" {
  provider         = celonis
  include_resource = true

  config {
    role = "ADMIN"
  }
}
