output "balancer" {
  description = "Name that the DNS record of the API points to."
  value       = aws_lb.main.dns_name
}

output "balancer_zone" {
  description = "Hosted zone of that name, for an alias record in Route 53."
  value       = aws_lb.main.zone_id
}
