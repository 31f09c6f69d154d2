terraform import celonis_user.ada ada.lovelace@example.com
