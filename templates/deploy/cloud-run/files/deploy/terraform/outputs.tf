output "repository" {
  description = "Where the image is pushed to."
  value       = local.repository
}

output "url" {
  description = "Address of the API."
  value       = google_cloud_run_v2_service.api.uri
}

output "pipeline" {
  description = "What the pipeline takes on, and where."
  value = var.pipeline == null ? null : {
    GOOGLE_PROVIDER        = google_iam_workload_identity_pool_provider.pipeline[0].name
    GOOGLE_SERVICE_ACCOUNT = google_service_account.pipeline[0].email
  }
}
