locals {
  zones = toset(var.zones)
  # Three parts for each of at most five zones: balancer, tasks, data. The place of a zone in the list decides its addresses.
  subnets = {
    for number, zone in var.zones : zone => {
      public = cidrsubnet(var.cidr, 4, number)
      tasks  = cidrsubnet(var.cidr, 4, number + 5)
      data   = cidrsubnet(var.cidr, 4, number + 10)
    }
  }
}

resource "aws_vpc" "main" {
  cidr_block           = var.cidr
  enable_dns_hostnames = true
  enable_dns_support   = true

  tags = { Name = var.name }
}

# The group that everything gets which names none allows nothing.
resource "aws_default_security_group" "none" {
  vpc_id = aws_vpc.main.id
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id

  tags = { Name = var.name }
}

resource "aws_subnet" "public" {
  for_each          = local.zones
  vpc_id            = aws_vpc.main.id
  availability_zone = each.key
  cidr_block        = local.subnets[each.key].public

  tags = { Name = "${var.name}-public-${each.key}" }
}

resource "aws_subnet" "tasks" {
  for_each          = local.zones
  vpc_id            = aws_vpc.main.id
  availability_zone = each.key
  cidr_block        = local.subnets[each.key].tasks

  tags = { Name = "${var.name}-tasks-${each.key}" }
}

resource "aws_subnet" "data" {
  for_each          = local.zones
  vpc_id            = aws_vpc.main.id
  availability_zone = each.key
  cidr_block        = local.subnets[each.key].data

  tags = { Name = "${var.name}-data-${each.key}" }
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.main.id

  tags = { Name = "${var.name}-public" }
}

resource "aws_route" "internet" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.main.id
}

resource "aws_route_table_association" "public" {
  for_each       = local.zones
  subnet_id      = aws_subnet.public[each.key].id
  route_table_id = aws_route_table.public.id
}

# A way out in each zone: a zone that fails takes only its own tasks with it. Without high availability, all go by the first zone.
locals {
  way_out = { for zone in var.zones : zone => var.high_availability ? zone : var.zones[0] }
}

resource "aws_eip" "out" {
  for_each = toset(values(local.way_out))
  domain   = "vpc"

  tags = { Name = "${var.name}-out-${each.key}" }
}

resource "aws_nat_gateway" "out" {
  for_each      = toset(values(local.way_out))
  allocation_id = aws_eip.out[each.key].id
  subnet_id     = aws_subnet.public[each.key].id

  tags = { Name = "${var.name}-${each.key}" }

  depends_on = [aws_route.internet]
}

resource "aws_route_table" "tasks" {
  for_each = local.zones
  vpc_id   = aws_vpc.main.id

  tags = { Name = "${var.name}-tasks-${each.key}" }
}

resource "aws_route" "out" {
  for_each               = local.zones
  route_table_id         = aws_route_table.tasks[each.key].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.out[local.way_out[each.key]].id
}

resource "aws_route_table_association" "tasks" {
  for_each       = local.zones
  subnet_id      = aws_subnet.tasks[each.key].id
  route_table_id = aws_route_table.tasks[each.key].id
}

# Layers of images come from S3: not through the gateways, which cost by the gigabyte.
resource "aws_vpc_endpoint" "s3" {
  vpc_id            = aws_vpc.main.id
  service_name      = "com.amazonaws.${var.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [for table in aws_route_table.tasks : table.id]

  tags = { Name = "${var.name}-s3" }
}
