output "repository" {
  description = "Where the image is pushed to."
  value       = aws_ecr_repository.api.repository_url
}

output "balancer" {
  description = "Name that the DNS record of the API points to."
  value       = aws_lb.main.dns_name
}

output "balancer_zone" {
  description = "Hosted zone of that name, for an alias record in Route 53."
  value       = aws_lb.main.zone_id
}

output "vpc" {
  description = "Network that everything runs in."
  value       = aws_vpc.main.id
}

output "log_group" {
  description = "Where the API logs to."
  value       = aws_cloudwatch_log_group.api.name
}
