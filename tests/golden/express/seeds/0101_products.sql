insert into "products" ("id", "name", "description", "price", "status", "created_at", "updated_at")
values
  ('01900000-0000-7000-8000-000001000001', 'Wireless keyboard', 'Small, quiet and easy to carry.', '9.99', 'active', '2026-01-15T08:30:00.000Z', '2026-01-15T08:30:00.000Z'),
  ('01900000-0000-7000-8000-000001000002', 'Desk lamp', 'Made to last, with parts that can be replaced.', '19.50', 'archived', '2026-01-15T08:30:00.001Z', '2026-01-15T08:30:00.001Z'),
  ('01900000-0000-7000-8000-000001000003', 'Coffee grinder', 'A favourite of the last season.', '120.00', 'draft', '2026-01-15T08:30:00.002Z', '2026-01-15T08:30:00.002Z')
on conflict do nothing;
