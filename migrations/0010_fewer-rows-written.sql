-- The commonest requests write fewer rows: docs/decisions/0028-rows-written.md. Tables with random keys lose their
-- rowid, so that a new row is written into one tree and not into two. Drizzle cannot express that, so this migration is
-- written by hand. Rows are copied in the order of their new key (`+` makes SQLite sort them): a million take seconds.
-- The cron finds expired rows by walking through a table (`sweeps`) and needs no index. No column is removed: the
-- Worker of the previous release keeps working.

CREATE TABLE sweeps (
  name text PRIMARY KEY NOT NULL,
  position text NOT NULL,
  until text,
  seen integer NOT NULL,
  size integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO sweeps SELECT 'sessions', '', NULL, 0, count(*) FROM sessions UNION ALL SELECT 'throttles', '', NULL, 0, count(*) FROM throttles
  UNION ALL SELECT 'mail', '', NULL, 0, count(*) FROM mail UNION ALL SELECT 'devices', '', NULL, 0, count(*) FROM devices
  UNION ALL SELECT 'users', '', NULL, 0, count(*) FROM users;
--> statement-breakpoint
DROP INDEX users_abandoned;
--> statement-breakpoint
DROP INDEX throttles_end;
--> statement-breakpoint
ALTER TABLE throttles ADD short_count integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE throttles ADD short_ends_at integer DEFAULT 0 NOT NULL;
--> statement-breakpoint

-- These indexes belong to tables that are rebuilt below, and are not created again.
DROP INDEX sessions_expiry;
--> statement-breakpoint
DROP INDEX mail_expiry;
--> statement-breakpoint
DROP INDEX devices_seen;
--> statement-breakpoint
DROP TRIGGER sessions_counted_delete;
--> statement-breakpoint

-- The session counts its own refreshes.
CREATE TABLE sessions_by_id (
  id text PRIMARY KEY NOT NULL,
  user_id text NOT NULL REFERENCES users(id) ON DELETE cascade,
  generation integer DEFAULT 0 NOT NULL,
  parent integer,
  nonce text NOT NULL,
  created_at integer NOT NULL,
  rotated_at integer NOT NULL,
  auth_time integer NOT NULL,
  amr text DEFAULT 'pwd' NOT NULL,
  proof text,
  remembered integer DEFAULT true NOT NULL,
  expires_at integer NOT NULL,
  ends_at integer NOT NULL,
  ip text,
  city text,
  country text,
  user_agent text,
  device text,
  turns integer DEFAULT 0 NOT NULL,
  turns_end_at integer DEFAULT 0 NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO sessions_by_id SELECT id, user_id, generation, parent, nonce, created_at, rotated_at, auth_time, amr, proof,
  remembered, expires_at, ends_at, ip, city, country, user_agent, device, 0, 0 FROM sessions ORDER BY +id;
--> statement-breakpoint
DROP TABLE sessions;
--> statement-breakpoint
ALTER TABLE sessions_by_id RENAME TO sessions;
--> statement-breakpoint
CREATE INDEX sessions_user ON sessions (user_id, created_at);
--> statement-breakpoint
-- The old trigger was dropped with the old table. The cron counts the sessions now, so this one counts only log-ins.
CREATE TRIGGER sessions_counted_insert AFTER INSERT ON sessions BEGIN
  INSERT INTO daily(metric, day, count) VALUES ('logins', date(new.created_at / 1000, 'unixepoch'), 1)
    ON CONFLICT DO UPDATE SET count = count + 1;
END;
--> statement-breakpoint

CREATE TABLE mail_by_id (
  id text PRIMARY KEY NOT NULL,
  user_id text REFERENCES users(id) ON DELETE cascade,
  session_id text,
  kind text NOT NULL,
  address text NOT NULL,
  address_canonical text NOT NULL,
  created_at integer NOT NULL,
  expires_at integer NOT NULL,
  used_at integer,
  nonce text,
  password text,
  awaits_approval integer DEFAULT false NOT NULL,
  sent_at integer,
  attempts integer DEFAULT 0 NOT NULL,
  next_attempt_at integer,
  last_error text,
  detail text
) WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO mail_by_id SELECT id, user_id, session_id, kind, address, address_canonical, created_at, expires_at, used_at,
  nonce, password, awaits_approval, sent_at, attempts, next_attempt_at, last_error, detail FROM mail ORDER BY +id;
--> statement-breakpoint
DROP TABLE mail;
--> statement-breakpoint
ALTER TABLE mail_by_id RENAME TO mail;
--> statement-breakpoint
CREATE INDEX mail_user ON mail (user_id, kind);
--> statement-breakpoint
CREATE INDEX mail_due ON mail (next_attempt_at) WHERE next_attempt_at is not null;
--> statement-breakpoint
CREATE INDEX mail_reserved ON mail (address_canonical) WHERE kind = 'revert_email_change';
--> statement-breakpoint

CREATE TABLE devices_by_user (
  user_id text NOT NULL REFERENCES users(id) ON DELETE cascade,
  name text NOT NULL,
  first_seen_at integer NOT NULL,
  last_seen_at integer NOT NULL,
  PRIMARY KEY (user_id, name)
) WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO devices_by_user SELECT user_id, name, first_seen_at, last_seen_at FROM devices ORDER BY user_id, name;
--> statement-breakpoint
DROP TABLE devices;
--> statement-breakpoint
ALTER TABLE devices_by_user RENAME TO devices;
--> statement-breakpoint

CREATE TABLE audit_by_id (
  id text PRIMARY KEY NOT NULL,
  at integer NOT NULL,
  event text NOT NULL,
  user_id text,
  actor_id text,
  ip text,
  user_agent text,
  detail text,
  count integer DEFAULT 1 NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO audit_by_id SELECT id, at, event, user_id, actor_id, ip, user_agent, detail, count FROM audit ORDER BY +id;
--> statement-breakpoint
DROP TABLE audit;
--> statement-breakpoint
ALTER TABLE audit_by_id RENAME TO audit;
--> statement-breakpoint
CREATE INDEX audit_user ON audit (user_id, id);
--> statement-breakpoint
CREATE INDEX audit_actor ON audit (actor_id, id) WHERE actor_id is not null;
--> statement-breakpoint
-- Common events are left out of this index: almost every request would have to write it.
CREATE INDEX audit_event ON audit (event, id)
  WHERE event not in ('registered', 'email_verified', 'logged_in', 'log_in_failed', 'logged_out');
