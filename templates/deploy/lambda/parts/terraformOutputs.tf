output "url" {
  description = "Address of the API."
  value       = var.domain_name == null ? aws_apigatewayv2_api.main.api_endpoint : "https://${var.domain_name}"
}

output "function" {
  description = "Name of the function."
  value       = aws_lambda_function.api.function_name
}

output "domain_target" {
  description = "Name that the DNS record of domain_name points to."
  value       = one(aws_apigatewayv2_domain_name.main[*].domain_name_configuration[0].target_domain_name)
}
