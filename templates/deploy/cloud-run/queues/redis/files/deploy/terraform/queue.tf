# Brings jobs to workers. A server of its own, as the cache may evict what is in it and this must not.
resource "google_redis_instance" "queue" {
  name                = "${var.name}-queue"
  region              = var.region
  tier                = var.high_availability ? "STANDARD_HA" : "BASIC"
  memory_size_gb      = 1
  redis_version       = "REDIS_7_2"
  authorized_network  = google_compute_network.main.id
  connect_mode        = "PRIVATE_SERVICE_ACCESS"
  auth_enabled        = true
  deletion_protection = var.protected

  redis_configs = {
    maxmemory-policy = "noeviction"
  }

  depends_on = [google_service_networking_connection.services]
}

locals {
  queue_url = "redis://:${urlencode(google_redis_instance.queue.auth_string)}@${google_redis_instance.queue.host}:${google_redis_instance.queue.port}"
}
