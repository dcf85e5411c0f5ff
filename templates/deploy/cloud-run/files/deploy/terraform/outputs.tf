output "repository" {
  description = "Where the image is pushed to."
  value       = local.repository
}

output "url" {
  description = "Address of the API."
  value       = google_cloud_run_v2_service.api.uri
}
