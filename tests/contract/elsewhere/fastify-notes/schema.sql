create table users (id uuid primary key, name text not null unique, password text not null);
create table notes (id uuid primary key, text varchar(200) not null, author uuid not null references users);
