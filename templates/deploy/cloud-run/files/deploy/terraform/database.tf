resource "random_password" "database" {
  length  = 40
  special = false
}

resource "google_sql_database_instance" "main" {
  name                = coalesce(var.database_instance, var.name)
  database_version    = "POSTGRES_18"
  region              = var.region
  deletion_protection = var.protected

  settings {
    edition = "ENTERPRISE"
    # One core, or an even number of them; 4 GB of memory for each.
    tier                        = "db-custom-${local.database_cores}-${4096 * local.database_cores}"
    availability_type           = var.high_availability ? "REGIONAL" : "ZONAL"
    disk_type                   = "PD_SSD"
    disk_autoresize             = true
    deletion_protection_enabled = var.protected
    retain_backups_on_delete    = true

    ip_configuration {
      ipv4_enabled    = false
      private_network = google_compute_network.main.id
      ssl_mode        = "ENCRYPTED_ONLY"
    }

    backup_configuration {
      enabled                        = true
      point_in_time_recovery_enabled = true
      transaction_log_retention_days = 7
      start_time                     = "02:00"

      backup_retention_settings {
        retained_backups = var.backup_days
      }
    }

    maintenance_window {
      day          = 7
      hour         = 4
      update_track = "stable"
    }

    # Slow statements are found here, which shows them without the values of callers.
    insights_config {
      query_insights_enabled = true
    }

    database_flags {
      name  = "max_connections"
      value = tostring(var.database_connections)
    }

    # Cloud SQL has no flag that leaves the parameters out of the log of slow statements.
    database_flags {
      name  = "log_min_duration_statement"
      value = "-1"
    }

    # No details of errors, such as "Key (email)=(…)".
    database_flags {
      name  = "log_error_verbosity"
      value = "terse"
    }
  }

  depends_on = [google_service_networking_connection.services]
}

locals {
  database_cores = var.database_cores <= 1 ? 1 : 2 * ceil(var.database_cores / 2)
}

# Both go with the instance: a user that owns tables cannot be deleted before.
resource "google_sql_database" "app" {
  name            = "app"
  instance        = google_sql_database_instance.main.name
  deletion_policy = "ABANDON"
}

resource "google_sql_user" "app" {
  name            = "app"
  instance        = google_sql_database_instance.main.name
  password        = random_password.database.result
  deletion_policy = "ABANDON"
}
