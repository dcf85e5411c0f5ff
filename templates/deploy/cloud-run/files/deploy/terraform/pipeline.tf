# What a pipeline may do here: bring out a version, for as long as its token says which project and environment it runs for.
resource "google_iam_workload_identity_pool" "pipeline" {
  count                     = var.pipeline == null ? 0 : 1
  workload_identity_pool_id = "${var.name}-ci"

  depends_on = [google_project_service.used]
}

resource "google_iam_workload_identity_pool_provider" "pipeline" {
  count                              = var.pipeline == null ? 0 : 1
  workload_identity_pool_id          = google_iam_workload_identity_pool.pipeline[0].workload_identity_pool_id
  workload_identity_pool_provider_id = "pipeline"
  attribute_mapping                  = { "google.subject" = "assertion.sub" }
  attribute_condition                = "assertion.sub == '${var.pipeline.subject}'"

  oidc {
    issuer_uri        = var.pipeline.issuer
    allowed_audiences = ["sts.googleapis.com"]
  }
}

resource "google_service_account" "pipeline" {
  count        = var.pipeline == null ? 0 : 1
  account_id   = "${var.name}-ci"
  display_name = "Pipeline of ${var.name}"

  depends_on = [google_project_service.used]
}

resource "google_service_account_iam_member" "pipeline" {
  count              = var.pipeline == null ? 0 : 1
  service_account_id = google_service_account.pipeline[0].name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principal://iam.googleapis.com/${google_iam_workload_identity_pool.pipeline[0].name}/subject/${var.pipeline.subject}"
}

# Everything but who may do what: a pipeline that could change that would be allowed everything.
resource "google_project_iam_member" "pipeline" {
  for_each = toset(var.pipeline == null ? [] : [
    "roles/editor",
    "roles/iam.securityReviewer",
    "roles/iam.workloadIdentityPoolViewer",
    "roles/secretmanager.secretAccessor",
    "roles/storage.objectUser",
  ])
  project = var.project
  role    = each.key
  member  = google_service_account.pipeline[0].member
}
