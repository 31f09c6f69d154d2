import {
  to = celonis_user.ada
  identity = {
    id = "2b1d8f3c-6a57-4e09-8c41-d70e5f9a3b62"
  }
}
