# The e-mail address; the id of the user works too.
import {
  to = celonis_user.ada
  id = "ada.lovelace@example.com"
}
