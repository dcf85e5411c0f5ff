# What the API may do in Google Cloud: read its own secrets.
resource "google_service_account" "api" {
  account_id   = "${var.name}-api"
  display_name = "API ${var.name}"

  depends_on = [google_project_service.used]
}

resource "google_secret_manager_secret_iam_member" "settings" {
  for_each  = local.secret_names
  secret_id = google_secret_manager_secret.settings[each.key].id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.api.member
}

resource "google_secret_manager_secret_iam_member" "database_certificates" {
  secret_id = google_secret_manager_secret.database_certificates.id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.api.member
}

resource "google_cloud_run_v2_service_iam_member" "public" {
  count    = var.public ? 1 : 0
  name     = google_cloud_run_v2_service.api.name
  location = google_cloud_run_v2_service.api.location
  role     = "roles/run.invoker"
  member   = "allUsers"
}
