resource "aws_sns_topic" "alarms" {
  name = "${var.name}-alarms"
}

resource "aws_sns_topic_subscription" "email" {
  count     = var.alarm_email == null ? 0 : 1
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.alarm_email
}

locals {
  database = { DBInstanceIdentifier = aws_db_instance.main.identifier }

  # ElastiCache names the nodes of a group so, and measures each of them.
  cache_nodes = [for number in range(1, aws_elasticache_replication_group.main.num_cache_clusters + 1) : format("%s-%03d", var.name, number)]
  cache_alarms = {
    processor = {
      about     = "The processor of a node of the cache is nearly used up (docs/runbooks/cache-down.md)."
      metric    = "EngineCPUUtilization"
      threshold = 80
      missing   = "breaching"
    }
    memory = {
      about     = "The memory of a node of the cache is full: entries that are in use are evicted (docs/runbooks/cache-down.md)."
      metric    = "DatabaseMemoryUsageCountedForEvictPercentage"
      threshold = 95
      missing   = "breaching"
    }
  }

  alarms = merge(local.service_alarms, {
    for pair in setproduct(keys(local.cache_alarms), local.cache_nodes) : "cache-${pair[0]}-${pair[1]}" => merge(local.cache_alarms[pair[0]], {
      namespace  = "AWS/ElastiCache"
      dimensions = { CacheClusterId = pair[1] }
      statistic  = "Average"
      comparison = "GreaterThanThreshold"
    })
    }, {
    connections = {
      about      = "Four fifths of the connections of the database are taken (docs/runbooks/pool-exhausted.md)."
      namespace  = "AWS/RDS"
      metric     = "DatabaseConnections"
      dimensions = local.database
      statistic  = "Maximum"
      comparison = "GreaterThanThreshold"
      threshold  = floor(0.8 * var.database_connections)
      missing    = "breaching"
    }
    processor = {
      about      = "The processor of the database is nearly used up (docs/runbooks/high-latency.md)."
      namespace  = "AWS/RDS"
      metric     = "CPUUtilization"
      dimensions = local.database
      statistic  = "Average"
      comparison = "GreaterThanThreshold"
      threshold  = 80
      missing    = "breaching"
    }
    storage = {
      about      = "The disk of the database is nearly full (docs/runbooks/database-down.md)."
      namespace  = "AWS/RDS"
      metric     = "FreeStorageSpace"
      dimensions = local.database
      statistic  = "Minimum"
      comparison = "LessThanThreshold"
      threshold  = 5 * pow(1024, 3)
      missing    = "breaching"
    }
    }, local.proxied ? {
    pinned = {
      about      = "The proxy keeps connections for single clients instead of lending them (docs/runbooks/pool-exhausted.md)."
      namespace  = "AWS/RDS"
      metric     = "DatabaseConnectionsCurrentlySessionPinned"
      dimensions = { ProxyName = aws_db_proxy.main[0].name }
      statistic  = "Maximum"
      comparison = "GreaterThanThreshold"
      threshold  = floor(local.proxy_connections / 4)
      missing    = "notBreaching"
    }
  } : {})
}

resource "aws_cloudwatch_metric_alarm" "simple" {
  for_each            = local.alarms
  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.about
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = startswith(each.value.statistic, "p") ? null : each.value.statistic
  extended_statistic  = startswith(each.value.statistic, "p") ? each.value.statistic : null
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  treat_missing_data  = each.value.missing
  period              = 60
  evaluation_periods  = 5
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}
