variable "knowledge_model_name" {
  description = "Name of the Knowledge Model to select. Defaults to the first by name."
  type        = string
  default     = null
}
