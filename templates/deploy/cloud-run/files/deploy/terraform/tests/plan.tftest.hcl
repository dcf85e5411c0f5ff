# `terraform test` needs no account: what Google would answer is made up.
mock_provider "google" {
  mock_resource "google_sql_database_instance" {
    defaults = {
      private_ip_address = "10.30.0.3"
      server_ca_cert     = [{ cert = "PEM" }]
    }
  }
}

mock_provider "random" {}

mock_provider "tls" {}

variables {
  project   = "shop-production"
  region    = "europe-west3"
  image_tag = "test"
}

run "as_planned" {
  command = plan

  assert {
    condition     = 2 * var.instances_max * tonumber(local.settings.DB_POOL_MAX) + 13 <= var.database_connections
    error_message = "A rollout can take more connections than the database grants."
  }

  assert {
    condition     = tonumber(local.settings.DB_STATEMENT_TIMEOUT_MS) + tonumber(local.settings.DB_ACQUIRE_TIMEOUT_MS) < tonumber(local.settings.REQUEST_TIMEOUT_MS)
    error_message = "A request would end before its statement."
  }

  assert {
    condition     = tonumber(local.settings.DRAIN_DELAY_MS) + tonumber(local.settings.REQUEST_TIMEOUT_MS) < tonumber(local.settings.SHUTDOWN_TIMEOUT_MS)
    error_message = "An instance would end before its last request."
  }

  assert {
    condition     = tonumber(local.settings.SHUTDOWN_TIMEOUT_MS) < 10000
    error_message = "Cloud Run would kill an instance before it has ended."
  }

  assert {
    condition     = tonumber(local.settings.REQUEST_TIMEOUT_MS) < 1000 * tonumber(trimsuffix(google_cloud_run_v2_service.api.template[0].timeout, "s"))
    error_message = "Cloud Run would answer before the API does."
  }
}

run "what_is_logged" {
  command = plan

  assert {
    condition     = contains([for flag in google_sql_database_instance.main.settings[0].database_flags : flag.value if flag.name == "log_min_duration_statement"], "-1")
    error_message = "The log of the database would have values of callers."
  }
}

run "what_is_watched" {
  command = plan

  assert {
    condition     = length(setsubtract(["database_processor", "database_disk", "database_gone", "cache_processor", "cache_memory", "cache_gone"], keys(google_monitoring_alert_policy.api))) == 0
    error_message = "Nobody is told when the database or the cache has no room left."
  }
}

run "without_high_availability" {
  command = plan

  variables {
    high_availability = false
  }

  assert {
    condition     = google_sql_database_instance.main.settings[0].availability_type == "ZONAL" && google_redis_instance.main.tier == "BASIC"
    error_message = "Database or cache has a standby that was not asked for."
  }
}

run "one_core" {
  command = plan

  variables {
    database_cores = 1
  }

  assert {
    condition     = google_sql_database_instance.main.settings[0].tier == "db-custom-1-4096"
    error_message = "There is no such size of the database."
  }
}

run "an_odd_number_of_cores" {
  command = plan

  variables {
    database_cores = 5
  }

  assert {
    condition     = google_sql_database_instance.main.settings[0].tier == "db-custom-6-24576"
    error_message = "There is no such size of the database."
  }
}

run "too_many_connections" {
  command = plan

  variables {
    database_connections = 14
  }

  expect_failures = [google_cloud_run_v2_service.api]
}

run "a_pipeline" {
  command = plan

  variables {
    pipeline = { issuer = "https://token.actions.githubusercontent.com", subject = "repo:acme/shop:environment:production" }
  }

  assert {
    condition     = google_iam_workload_identity_pool_provider.pipeline[0].attribute_condition == "assertion.sub == 'repo:acme/shop:environment:production'"
    error_message = "The role can be taken on by others."
  }
}

run "any_pipeline" {
  command = plan

  variables {
    pipeline = { issuer = "https://token.actions.githubusercontent.com", subject = "repo:acme/*" }
  }

  expect_failures = [var.pipeline]
}

run "a_tag_that_moves" {
  command = plan

  variables {
    image_tag = "latest"
  }

  expect_failures = [var.image_tag]
}
