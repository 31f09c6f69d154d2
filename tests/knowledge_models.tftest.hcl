# make test runs this file against the simulator, with 137 generated models and the two models from the documentation.

run "lists_every_model_once" {
  module {
    source = "./knowledge_models"
  }

  assert {
    condition     = length(data.celonis_knowledge_models.all.ids) == 139
    error_message = "${length(data.celonis_knowledge_models.all.ids)} models were read."
  }

  assert {
    condition     = length(distinct(data.celonis_knowledge_models.all.ids)) == 139
    error_message = "A model was listed twice."
  }

  assert {
    condition     = tolist(data.celonis_knowledge_models.all.ids) == sort(data.celonis_knowledge_models.all.ids)
    error_message = "The ids are not sorted."
  }

  assert {
    condition = alltrue([
      for model in data.celonis_knowledge_models.in_package.knowledge_models : startswith(model.id, "${model.package_key}.")
    ])
    error_message = "A model of another package was listed."
  }
}

run "looks_up_a_model_by_name" {
  module {
    source = "./knowledge_models"
  }

  assert {
    condition     = data.celonis_knowledge_model.named.id == data.celonis_knowledge_models.all.ids[0]
    error_message = "The name was resolved to ${data.celonis_knowledge_model.named.id}."
  }

  assert {
    condition     = data.celonis_knowledge_model.by_id.name == data.celonis_knowledge_model.named.name
    error_message = "The id was resolved to ${data.celonis_knowledge_model.by_id.name}."
  }
}
