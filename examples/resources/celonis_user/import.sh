terraform import celonis_user.grace grace.hopper@example.com
