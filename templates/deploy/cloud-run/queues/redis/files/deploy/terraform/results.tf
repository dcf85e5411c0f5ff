# Results of jobs: workers write them, instances of the API read them and delete them with their jobs. Both have the bucket as a folder.
resource "google_storage_bucket" "results" {
  name                        = "${var.project}-${var.name}-results"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = !var.protected

  depends_on = [google_project_service.results]
}

resource "google_storage_bucket_iam_member" "results" {
  bucket = google_storage_bucket.results.name
  role   = "roles/storage.objectUser"
  member = google_service_account.api.member
}

resource "google_project_service" "results" {
  for_each           = toset(["logging.googleapis.com", "storage.googleapis.com"])
  service            = each.key
  disable_on_destroy = false
}
