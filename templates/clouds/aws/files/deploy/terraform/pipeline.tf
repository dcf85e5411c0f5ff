# What a pipeline may do here: bring out a version, for as long as its token says which project and environment it runs for.
locals {
  issuer = try(trimprefix(var.pipeline.issuer, "https://"), null)
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_iam_openid_connect_provider" "pipeline" {
  count = var.pipeline == null ? 0 : 1
  url   = var.pipeline.issuer
}

data "aws_iam_policy_document" "pipeline_may_assume" {
  count = var.pipeline == null ? 0 : 1

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [data.aws_iam_openid_connect_provider.pipeline[0].arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:sub"
      values   = [var.pipeline.subject]
    }
  }
}

resource "aws_iam_role" "pipeline" {
  count              = var.pipeline == null ? 0 : 1
  name               = "${var.name}-pipeline"
  assume_role_policy = data.aws_iam_policy_document.pipeline_may_assume[0].json
  # A release may migrate for an hour.
  max_session_duration = 7200
}

# Everything but people and roles.
resource "aws_iam_role_policy_attachment" "pipeline" {
  count      = var.pipeline == null ? 0 : 1
  role       = aws_iam_role.pipeline[0].name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/PowerUserAccess"
}

data "aws_iam_policy_document" "pipeline" {
  count = var.pipeline == null ? 0 : 1

  statement {
    actions   = ["iam:Get*", "iam:List*"]
    resources = ["*"]
  }

  # Roles are made and changed by people: a pipeline that could would be allowed everything.
  statement {
    actions   = ["iam:PassRole"]
    resources = ["arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:role/${var.name}-*"]
  }
}

resource "aws_iam_role_policy" "pipeline" {
  count  = var.pipeline == null ? 0 : 1
  name   = "release"
  role   = aws_iam_role.pipeline[0].id
  policy = data.aws_iam_policy_document.pipeline[0].json
}
