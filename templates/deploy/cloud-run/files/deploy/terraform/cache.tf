resource "google_redis_instance" "main" {
  name                = var.name
  region              = var.region
  tier                = var.high_availability ? "STANDARD_HA" : "BASIC"
  memory_size_gb      = var.cache_memory_gb
  redis_version       = "REDIS_7_2"
  authorized_network  = google_compute_network.main.id
  connect_mode        = "PRIVATE_SERVICE_ACCESS"
  auth_enabled        = true
  deletion_protection = var.protected

  redis_configs = {
    maxmemory-policy = "allkeys-lru"
  }

  depends_on = [google_service_networking_connection.services]
}
