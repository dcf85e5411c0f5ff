# Made here, or Lambda makes it and keeps it for ever.
resource "aws_cloudwatch_log_group" "function" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_days
}

resource "aws_kms_key" "settings" {
  description         = "Settings of the function ${var.name}."
  enable_key_rotation = true
}

resource "aws_lambda_function" "api" {
  function_name = var.name
  role          = aws_iam_role.function.arn
  package_type  = "Image"
  image_uri     = "${aws_ecr_repository.api.repository_url}:${var.image_tag}"
  architectures = [lower(var.architecture)]
  publish       = true

  # With less memory a function has less than one processor.
  memory_size = 1769
  # Longer than the deadline of a request, shorter than the 30 s that API Gateway waits.
  timeout                        = ceil(local.request_timeout_ms / 1000) + 4
  reserved_concurrent_executions = local.concurrency
  kms_key_arn                    = aws_kms_key.settings.arn

  environment {
    variables = merge(local.settings, local.secret_values, {
      DATABASE_URL = local.proxy_url

      AWS_LWA_PORT                 = tostring(local.port)
      AWS_LWA_READINESS_CHECK_PATH = "/livez"
    })
  }

  vpc_config {
    subnet_ids         = [for subnet in aws_subnet.tasks : subnet.id]
    security_group_ids = [aws_security_group.tasks.id]
  }

  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.function.name
  }

  lifecycle {
    precondition {
      condition     = alltrue([for name in ["rds", "amazon"] : fileexists("${path.module}/../../certificates/${name}.pem")])
      error_message = "A certificate is missing: certificates/README.md says how to get it. Build the image again afterwards."
    }
  }

  # The schema is changed before a new version is there.
  depends_on = [aws_db_proxy_target.main, aws_iam_role_policy.function, terraform_data.migration]
}

# What has the traffic. It moves to a new version when that is there, and back to an older one at once.
resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.api.function_name
  function_version = aws_lambda_function.api.version
}

resource "aws_lambda_provisioned_concurrency_config" "live" {
  count                             = var.provisioned_concurrency > 0 ? 1 : 0
  function_name                     = aws_lambda_function.api.function_name
  qualifier                         = aws_lambda_alias.live.name
  provisioned_concurrent_executions = var.provisioned_concurrency

  lifecycle {
    precondition {
      condition     = var.provisioned_concurrency <= local.concurrency
      error_message = "Of ${local.concurrency} functions at the most, ${var.provisioned_concurrency} cannot be kept started. Lower provisioned_concurrency or raise concurrency."
    }
  }
}

data "aws_iam_policy_document" "lambda_may_assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "function" {
  name               = "${var.name}-function"
  assume_role_policy = data.aws_iam_policy_document.lambda_may_assume.json
}

data "aws_iam_policy_document" "function" {
  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.function.arn}:*"]
  }

  statement {
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.settings.arn]
  }

  # Lambda connects functions to the network by these; AWS knows no resources for them.
  statement {
    actions = [
      "ec2:AssignPrivateIpAddresses",
      "ec2:CreateNetworkInterface",
      "ec2:DeleteNetworkInterface",
      "ec2:DescribeNetworkInterfaces",
      "ec2:DescribeSubnets",
      "ec2:UnassignPrivateIpAddresses",
    ]
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "function" {
  name   = "run"
  role   = aws_iam_role.function.id
  policy = data.aws_iam_policy_document.function.json
}
