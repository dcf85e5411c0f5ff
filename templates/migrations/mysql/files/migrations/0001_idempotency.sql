create table `idempotency_keys` (
  `principal` varchar(255) not null,
  `key` varchar(255) character set ascii collate ascii_bin not null,
  `fingerprint` varchar(64) not null,
  `status` int not null,
  `headers` text not null,
  `body` mediumtext,
  `expires_at` datetime(3) not null,
  primary key (`principal`, `key`)
) character set utf8mb4 collate utf8mb4_0900_bin;

create index `idempotency_keys__expires_at` on `idempotency_keys` (`expires_at`);
