resource "aws_ecs_task_definition" "api" {
  family                   = var.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = "1024"
  memory                   = "2048"
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.architecture
  }

  container_definitions = jsonencode([merge(local.container, {
    portMappings = [{ containerPort = local.port, protocol = "tcp" }]
    environment = concat(local.container.environment, [
      { name = "DATABASE_URL", value = local.proxied ? local.proxy_url : local.database_url },
    ])
  })])
}

locals {
  # Tasks that exist at once at the most: what the budget of connections is made for.
  rollout_tasks   = ceil(var.instances_max * (1 + var.surge_percent / 100))
  rollout_percent = floor(100 * local.rollout_tasks / var.instances_max)
  room_to_start   = floor(var.instances_min * local.rollout_percent / 100) > var.instances_min
  healthy_percent = local.room_to_start ? 100 : floor(100 * (var.instances_min - 1) / var.instances_min)
}

resource "aws_ecs_service" "api" {
  name            = var.name
  cluster         = aws_ecs_cluster.main.id
  task_definition = aws_ecs_task_definition.api.arn
  launch_type     = "FARGATE"
  desired_count   = var.instances_min

  availability_zone_rebalancing      = "ENABLED"
  deployment_maximum_percent         = local.rollout_percent
  deployment_minimum_healthy_percent = local.healthy_percent
  health_check_grace_period_seconds  = 30
  enable_ecs_managed_tags            = true
  propagate_tags                     = "SERVICE"
  wait_for_steady_state              = true

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets          = [for subnet in aws_subnet.tasks : subnet.id]
    security_groups  = [aws_security_group.tasks.id]
    assign_public_ip = false
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.api.arn
    container_name   = local.container.name
    container_port   = local.port
  }

  lifecycle {
    ignore_changes = [desired_count]

    precondition {
      condition     = local.proxied || local.rollout_tasks * var.database_pool + local.kept_connections <= var.database_connections
      error_message = "${local.rollout_tasks} tasks in a rollout with ${var.database_pool} connections each, and ${local.kept_connections} for migrations and people, are more than the ${var.database_connections} of the database. Lower database_pool or instances_max, raise database_connections, or set database_proxy."
    }

    precondition {
      condition     = alltrue([for name in local.proxied ? ["rds", "amazon"] : ["rds"] : fileexists("${path.module}/../../certificates/${name}.pem")])
      error_message = "A certificate is missing: certificates/README.md says how to get it. Build the image again afterwards."
    }
  }

  depends_on = [aws_db_proxy_target.main, aws_lb_listener.https, terraform_data.migration]
}

resource "aws_appautoscaling_target" "api" {
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${aws_ecs_cluster.main.name}/${aws_ecs_service.api.name}"
  min_capacity       = var.instances_min
  max_capacity       = var.instances_max
}

resource "aws_appautoscaling_policy" "cpu" {
  name               = "${var.name}-cpu"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.api.service_namespace
  scalable_dimension = aws_appautoscaling_target.api.scalable_dimension
  resource_id        = aws_appautoscaling_target.api.resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = var.cpu_target_percent
    scale_out_cooldown = 60
    scale_in_cooldown  = 300

    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}
