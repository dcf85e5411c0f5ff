variables {
  region          = "eu-central-1"
  zones           = ["eu-central-1a", "eu-central-1b", "eu-central-1c"]
  image_tag       = "test"
  certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"
}

run "as_planned" {
  command = plan

  assert {
    condition     = floor(var.instances_max * aws_ecs_service.api.deployment_maximum_percent / 100) * tonumber(local.settings.DB_POOL_MAX) + 13 <= var.database_connections
    error_message = "A rollout can take more connections than the database grants."
  }

  assert {
    condition     = floor(var.instances_min * local.rollout_percent / 100) > ceil(var.instances_min * local.healthy_percent / 100)
    error_message = "A rollout could neither start a task nor stop one."
  }

  assert {
    condition     = tonumber(local.settings.DB_STATEMENT_TIMEOUT_MS) + tonumber(local.settings.DB_ACQUIRE_TIMEOUT_MS) < tonumber(local.settings.REQUEST_TIMEOUT_MS)
    error_message = "A request would end before its statement."
  }

  assert {
    condition     = tonumber(local.settings.REQUEST_TIMEOUT_MS) < 1000 * aws_lb_target_group.api.deregistration_delay
    error_message = "A task would be stopped while requests are in flight."
  }

  assert {
    condition     = 1000 * aws_lb.main.idle_timeout < tonumber(local.settings.KEEPALIVE_TIMEOUT_MS)
    error_message = "A request could meet a connection that the API is closing."
  }

  assert {
    condition     = tonumber(local.settings.DRAIN_DELAY_MS) + tonumber(local.settings.REQUEST_TIMEOUT_MS) < tonumber(local.settings.SHUTDOWN_TIMEOUT_MS)
    error_message = "An instance would end before its last request."
  }

  assert {
    condition     = tonumber(local.settings.SHUTDOWN_TIMEOUT_MS) < 1000 * local.container.stopTimeout && local.container.stopTimeout <= 120
    error_message = "A task would be killed before it has ended, or Fargate refuses to wait so long."
  }
}

run "on_arm" {
  command = plan

  variables {
    architecture = "ARM64"
  }

  assert {
    condition     = alltrue([for task in [aws_ecs_task_definition.api, aws_ecs_task_definition.migrate] : one(task.runtime_platform[*].cpu_architecture) == "ARM64"])
    error_message = "The API and its migration run on different processors."
  }
}

run "many_tasks" {
  command = plan

  variables {
    instances_min        = 2
    instances_max        = 40
    database_pool        = 4
    database_connections = 2000
  }

  assert {
    condition     = floor(var.instances_max * local.rollout_percent / 100) <= local.rollout_tasks
    error_message = "A rollout starts more tasks than there are connections for."
  }

  assert {
    condition     = floor(var.instances_min * local.rollout_percent / 100) > ceil(var.instances_min * local.healthy_percent / 100)
    error_message = "A rollout could neither start a task nor stop one."
  }
}

run "too_many_connections" {
  command = plan

  variables {
    database_connections = 14
  }

  expect_failures = [aws_ecs_service.api]
}

run "with_a_proxy" {
  command = plan

  variables {
    database_proxy = true
    instances_max  = 100
  }

  assert {
    condition     = length(aws_db_proxy.main) == 1 && local.settings.DB_SESSION_STATE == "off"
    error_message = "The proxy would pin its connections."
  }

  assert {
    condition     = contains([for parameter in aws_db_parameter_group.main.parameter : parameter.name], "statement_timeout")
    error_message = "Nothing would limit a statement."
  }

  assert {
    condition     = local.proxy_connections + 13 <= var.database_connections
    error_message = "The proxy leaves no connections for migrations and people."
  }
}

run "too_few_connections_for_the_proxy" {
  command = plan

  variables {
    database_proxy       = true
    database_connections = 15
  }

  expect_failures = [aws_db_proxy_default_target_group.main]
}
