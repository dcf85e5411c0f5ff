create table "products" (
  "id" uuid primary key,
  "name" text not null,
  "description" text,
  "price" numeric not null,
  "status" text not null check ("status" in ('draft', 'active', 'archived')),
  "version" integer not null default 1,
  "created_at" timestamptz(3) not null,
  "updated_at" timestamptz(3) not null
);

-- Each order of a list has an index that ends with the id; it is read forwards and backwards.
create index "products__created_at" on "products" ("created_at", "id");
create index "products__status" on "products" ("status", "created_at", "id");
