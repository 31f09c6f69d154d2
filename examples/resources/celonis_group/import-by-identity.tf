import {
  to = celonis_group.finance_analysts
  identity = {
    id = "9c4e7a16-3d2b-4f85-b0a9-1e6d8c5f7204"
  }
}
