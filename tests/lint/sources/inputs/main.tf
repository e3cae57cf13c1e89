# The worker of the uploads; see <<EOT
locals {
  oidc = replace(aws_iam_openid_connect_provider.ci.url, "https://", "")
  scp = { Version = "2012-10-17", Statement = [{ Effect = "Deny", Action = ["s3:*"], Resource = "*" }] }
}

/* A bucket /* with one policy */
data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.ci.arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.oidc}:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringLike"
      variable = "${local.oidc}:sub"
      values   = ["repo:acme/${var.repository}:*"]
    }
  }
}

resource "aws_iam_role" "ci" {
  name               = "ci"
  assume_role_policy = data.aws_iam_policy_document.assume.json

  inline_policy {
    name = "uploads"
    policy = jsonencode({
      Version = "2012-10-17"
      Statement = concat([
        {
          Sid    = "Objects"
          Effect = "Allow"
          Action = ["s3:GetObject", "s3:${var.verb}Object", var.action] # and more
          Resource = [
            "${aws_s3_bucket.uploads.arn}/$${aws:username}/*",
            format("arn:aws:s3:::%s/*", var.bucket),
            aws_s3_bucket.uploads.arn,
          ]
          Condition = {
            "StringEquals" : { "aws:RequestedRegion" = var.regions }
          }
        },
      ], var.more)
    })
  }
}

resource "aws_iam_policy" "deploy" {
  name   = "deploy"
  policy = <<-EOT
    {
      "Version": "2012-10-17",
      "Statement": [
        {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::site/*"}
      ]
    }
  EOT
}

resource "aws_sqs_queue_policy" "jobs" {
  queue_url = aws_sqs_queue.jobs.id

  policy = <<POLICY
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": {"AWS": "arn:aws:iam::${data.aws_caller_identity.current.account_id}:root"},
      "Action": ${jsonencode(var.actions)},
      "Resource": "${aws_sqs_queue.jobs.arn}", "Condition": {"StringLike": {"aws:userid": "$${aws:userid}"}}
    }
  ]
}
POLICY
}

resource "aws_s3_bucket_policy" "uploads" {
  bucket = aws_s3_bucket.uploads.id
  policy = templatefile("bucket.json", { bucket = "uploads" })
}

data "aws_iam_policy_document" "uploads_bucket" {
  version   = "2008-10-17"
  policy_id = "uploads"

  statement {
    sid           = "Tls"
    effect        = "Deny"
    not_actions   = ["s3:ListBucket"]
    not_resources = ["arn:aws:s3:::uploads/&{aws:username}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }

  dynamic "statement" {
    for_each = var.readers
    content {
      actions   = ["s3:GetObject"]
      resources = ["arn:aws:s3:::uploads/*"]
      principals {
        type        = "AWS"
        identifiers = [statement.value, "arn:aws:iam::${statement.key}:role/reader"]
      }
      principals {
        type        = "AWS"
        identifiers = ["111122223333"]
      }
    }
  }
}

resource "aws_organizations_policy" "guard" {
  name    = "guard"
  content = jsonencode(merge(local.scp, {}))
  type    = var.is_rcp ? "RESOURCE_CONTROL_POLICY" : "SERVICE_CONTROL_POLICY"
}

resource "aws_iam_user_policy" "legacy" {
  user   = "legacy"
  policy = "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"s3:Get*\", \"Resource\": \"*\"}]}"
}
