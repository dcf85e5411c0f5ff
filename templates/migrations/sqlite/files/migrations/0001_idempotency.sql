create table "idempotency_keys" (
  "principal" text not null,
  "key" text not null,
  "fingerprint" text not null,
  "status" integer not null,
  "headers" text not null,
  "body" text,
  "expires_at" text not null,
  primary key ("principal", "key")
);

create index "idempotency_keys__expires_at" on "idempotency_keys" ("expires_at");
