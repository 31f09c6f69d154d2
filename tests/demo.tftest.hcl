# make test runs this file against the simulator, with 137 generated models and the two models from the documentation.

run "reads_with_the_token" {
  module {
    source = "../examples/demo"
  }

  assert {
    condition     = output.number_of_knowledge_models == 139
    error_message = "${output.number_of_knowledge_models} models were read."
  }

  assert {
    condition     = !contains(output.others_in_its_package, output.picked.name)
    error_message = "The selected model is in the list of the other models of its package."
  }

  assert {
    condition     = output.picked.id == data.celonis_knowledge_model.picked.id
    error_message = "The token gave access to a different model."
  }
}
