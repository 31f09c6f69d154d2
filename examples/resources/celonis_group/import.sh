terraform import celonis_group.finance_analysts "Finance analysts"
