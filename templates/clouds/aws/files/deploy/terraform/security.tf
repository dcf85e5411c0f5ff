resource "aws_security_group" "tasks" {
  name        = "${var.name}-tasks"
  description = "Tasks of the API."
  vpc_id      = aws_vpc.main.id
}

resource "aws_vpc_security_group_egress_rule" "tasks_to_data" {
  for_each                     = { database = 5432, cache = 6379 }
  description                  = "To the ${each.key}."
  security_group_id            = aws_security_group.tasks.id
  referenced_security_group_id = aws_security_group.data[each.key].id
  ip_protocol                  = "tcp"
  from_port                    = each.value
  to_port                      = each.value
}

resource "aws_vpc_security_group_egress_rule" "tasks_to_https" {
  description       = "To the registry, secrets, logs, and what the API itself calls."
  security_group_id = aws_security_group.tasks.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

# Traces go to where OTEL_EXPORTER_OTLP_ENDPOINT says, whose port is seldom that of HTTPS.
locals {
  collector      = lookup(var.settings, "OTEL_EXPORTER_OTLP_ENDPOINT", "")
  collector_port = try(tonumber(regex("^https?://[^/]*:([0-9]+)(?:/|$)", local.collector)[0]), startswith(local.collector, "http://") ? 80 : 443)
}

resource "aws_vpc_security_group_egress_rule" "tasks_to_collector" {
  count             = local.collector_port == 443 ? 0 : 1
  description       = "To the collector of traces."
  security_group_id = aws_security_group.tasks.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = local.collector_port
  to_port           = local.collector_port
}

resource "aws_security_group" "data" {
  for_each    = { database = "Database.", cache = "Cache." }
  name        = "${var.name}-${each.key}"
  description = each.value
  vpc_id      = aws_vpc.main.id
}

resource "aws_vpc_security_group_ingress_rule" "data_from_tasks" {
  for_each                     = { database = 5432, cache = 6379 }
  description                  = "From the API."
  security_group_id            = aws_security_group.data[each.key].id
  referenced_security_group_id = aws_security_group.tasks.id
  ip_protocol                  = "tcp"
  from_port                    = each.value
  to_port                      = each.value
}
