# The name of the group; its id works too.
import {
  to = celonis_group.finance_analysts
  id = "Finance analysts"
}
