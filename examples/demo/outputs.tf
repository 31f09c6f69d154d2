output "number_of_knowledge_models" {
  description = "Number of Knowledge Models that the credentials can see."
  value       = length(data.celonis_knowledge_models.all.ids)
}

output "picked" {
  description = "The selected Knowledge Model, read with the token."
  value       = data.celonis_knowledge_model.read_with_token
}

output "others_in_its_package" {
  description = "Names of the other Knowledge Models in the same Studio package."
  value = [
    for model in data.celonis_knowledge_models.all.knowledge_models : model.name
    if model.package_key == data.celonis_knowledge_model.picked.package_key
    && model.id != data.celonis_knowledge_model.picked.id
  ]
}
