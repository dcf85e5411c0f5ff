resource "aws_security_group" "balancer" {
  name        = "${var.name}-balancer"
  description = "Load balancer: the only one that the internet reaches."
  vpc_id      = aws_vpc.main.id
}

resource "aws_vpc_security_group_ingress_rule" "balancer_from_internet" {
  for_each          = toset(["80", "443"])
  description       = each.key == "443" ? "From everybody." : "From everybody, who is redirected to HTTPS."
  security_group_id = aws_security_group.balancer.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = tonumber(each.key)
  to_port           = tonumber(each.key)
}

resource "aws_vpc_security_group_egress_rule" "balancer_to_tasks" {
  description                  = "To the API."
  security_group_id            = aws_security_group.balancer.id
  referenced_security_group_id = aws_security_group.tasks.id
  ip_protocol                  = "tcp"
  from_port                    = local.port
  to_port                      = local.port
}

resource "aws_vpc_security_group_ingress_rule" "tasks_from_balancer" {
  description                  = "From the load balancer."
  security_group_id            = aws_security_group.tasks.id
  referenced_security_group_id = aws_security_group.balancer.id
  ip_protocol                  = "tcp"
  from_port                    = local.port
  to_port                      = local.port
}

resource "aws_vpc_security_group_ingress_rule" "tasks_from_scraper" {
  count                        = var.scraper_security_group_id == null ? 0 : 1
  description                  = "Metrics, for Prometheus."
  security_group_id            = aws_security_group.tasks.id
  referenced_security_group_id = var.scraper_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = local.management_port
  to_port                      = local.management_port
}
