# Brings jobs to workers. A server of its own, as the cache may evict what is in it and this must not.
resource "random_password" "queue" {
  length  = 64
  special = false
}

resource "aws_elasticache_parameter_group" "queue" {
  name   = "${var.name}-queue"
  family = "valkey8"

  parameter {
    name  = "maxmemory-policy"
    value = "noeviction"
  }
}

resource "aws_elasticache_replication_group" "queue" {
  replication_group_id = "${var.name}-queue"
  description          = "Brings jobs to workers."
  engine               = "valkey"
  engine_version       = "8.2"
  node_type            = var.queue_node_type
  port                 = 6379
  parameter_group_name = aws_elasticache_parameter_group.queue.name

  num_cache_clusters         = var.high_availability ? 2 : 1
  automatic_failover_enabled = var.high_availability
  multi_az_enabled           = var.high_availability

  subnet_group_name          = aws_elasticache_subnet_group.main.name
  security_group_ids         = [aws_security_group.queue.id]
  at_rest_encryption_enabled = true
  transit_encryption_enabled = true
  auth_token                 = random_password.queue.result
  # Running tasks keep the old one until they are replaced.
  auth_token_update_strategy = "ROTATE"

  auto_minor_version_upgrade = true
  # What is in it can be lost: jobs are in the database, and are sent again.
  snapshot_retention_limit = 0
}

resource "aws_security_group" "queue" {
  name        = "${var.name}-queue"
  description = "Queue."
  vpc_id      = aws_vpc.main.id
}

resource "aws_vpc_security_group_egress_rule" "tasks_to_queue" {
  description                  = "To the queue."
  security_group_id            = aws_security_group.tasks.id
  referenced_security_group_id = aws_security_group.queue.id
  ip_protocol                  = "tcp"
  from_port                    = 6379
  to_port                      = 6379
}

resource "aws_vpc_security_group_ingress_rule" "queue_from_tasks" {
  description                  = "From the API and its workers."
  security_group_id            = aws_security_group.queue.id
  referenced_security_group_id = aws_security_group.tasks.id
  ip_protocol                  = "tcp"
  from_port                    = 6379
  to_port                      = 6379
}

locals {
  queue_host = aws_elasticache_replication_group.queue.primary_endpoint_address
  queue_url  = "rediss://:${urlencode(random_password.queue.result)}@${local.queue_host}:6379"
}
