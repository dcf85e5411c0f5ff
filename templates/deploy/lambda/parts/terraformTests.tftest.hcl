variables {
  region    = "eu-central-1"
  zones     = ["eu-central-1a", "eu-central-1b", "eu-central-1c"]
  image_tag = "test"
}

run "as_planned" {
  command = plan

  assert {
    condition     = aws_db_proxy_default_target_group.main[0].connection_pool_config[0].max_connections_percent * var.database_connections / 100 + 13 <= var.database_connections
    error_message = "The proxy leaves no connections for migrations and people."
  }

  assert {
    condition     = aws_lambda_function.api.reserved_concurrent_executions > local.inflight
    error_message = "The function may work on fewer requests than there are at the peak."
  }

  assert {
    condition     = tonumber(local.settings.DB_STATEMENT_TIMEOUT_MS) + tonumber(local.settings.DB_ACQUIRE_TIMEOUT_MS) < tonumber(local.settings.REQUEST_TIMEOUT_MS)
    error_message = "A request would end before its statement."
  }

  assert {
    condition     = tonumber(local.settings.REQUEST_TIMEOUT_MS) < 1000 * aws_lambda_function.api.timeout && 1000 * aws_lambda_function.api.timeout < aws_apigatewayv2_integration.live.timeout_milliseconds
    error_message = "Lambda or API Gateway would give up before the request is answered."
  }

  assert {
    condition     = tonumber(local.settings.SHUTDOWN_TIMEOUT_MS) < 2000
    error_message = "Lambda kills a function two seconds after SIGTERM."
  }

  assert {
    condition     = local.settings.CACHE_L1_TTL_MS == "0" && local.settings.DB_SESSION_STATE == "off" && local.settings.MAX_EVENT_LOOP_DELAY_MS == "0"
    error_message = "A function would rely on what it had before it was frozen."
  }
}

run "on_arm" {
  command = plan

  variables {
    architecture = "ARM64"
  }

  assert {
    condition     = aws_lambda_function.api.architectures == tolist(["arm64"]) && one(aws_ecs_task_definition.migrate.runtime_platform[*].cpu_architecture) == "ARM64"
    error_message = "The API and its migration run on different processors."
  }
}

run "with_a_domain" {
  command = plan

  variables {
    domain_name             = "api.example.com"
    certificate_arn         = "arn:aws:acm:eu-central-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"
    provisioned_concurrency = 3
  }

  assert {
    condition     = aws_apigatewayv2_api.main.disable_execute_api_endpoint && output.url == "https://api.example.com"
    error_message = "The API has another address besides its domain."
  }
}

run "a_domain_without_certificate" {
  command = plan

  variables {
    domain_name = "api.example.com"
  }

  expect_failures = [var.certificate_arn]
}

run "more_started_than_allowed" {
  command = plan

  variables {
    concurrency             = 10
    provisioned_concurrency = 11
  }

  expect_failures = [aws_lambda_provisioned_concurrency_config.live]
}

run "too_few_connections" {
  command = plan

  variables {
    database_connections = 15
  }

  expect_failures = [aws_db_proxy_default_target_group.main]
}

