-- What drizzle-kit cannot generate: indexes on expressions, the full-text search over users, and the counters that
-- statistics read.

-- Users who never logged in sort at time 0, because a comparison with NULL would leave them out of every further page.
CREATE INDEX users_last_login ON users (coalesce(last_login_at, 0), id);
--> statement-breakpoint

-- The eight kinds of user, each in order of creation. A filter of a list is a set of kinds. A query must repeat this
-- expression exactly: see src/storage/user-lists.ts.
CREATE INDEX users_kind ON users ((role = 'admin') * 4 + (status = 'disabled') * 2 + (email_verified_at is null), id);
--> statement-breakpoint

-- Search. The index keeps only trigrams; the text comes from the view. With two line feeds before each field, one or
-- two letters can be found at its beginning, and even a name of one letter has a trigram. The view has a second use: it
-- makes a migration that rebuilds `users` fail. On D1, such a migration would silently empty all tables that refer to
-- `users`.
CREATE VIEW users_text AS
  SELECT rowid AS id, char(10, 10) || email || char(10, 10) || coalesce(name, '') || char(10) AS text FROM users;
--> statement-breakpoint
CREATE VIRTUAL TABLE users_search USING fts5(text, content='users_text', content_rowid='id', tokenize='trigram', columnsize=0);
--> statement-breakpoint
-- Without this, a deleted user's trigrams would stay in the index until it happens to be rewritten.
INSERT INTO users_search(users_search, rank) VALUES ('secure-delete', 1);
--> statement-breakpoint
CREATE TRIGGER users_search_insert AFTER INSERT ON users BEGIN
  INSERT INTO users_search(rowid, text) SELECT id, text FROM users_text WHERE id = new.rowid;
END;
--> statement-breakpoint
CREATE TRIGGER users_search_delete BEFORE DELETE ON users BEGIN
  INSERT INTO users_search(users_search, rowid, text) SELECT 'delete', id, text FROM users_text WHERE id = old.rowid;
END;
--> statement-breakpoint
CREATE TRIGGER users_search_before_update BEFORE UPDATE OF email, name ON users
WHEN old.email IS NOT new.email OR old.name IS NOT new.name BEGIN
  INSERT INTO users_search(users_search, rowid, text) SELECT 'delete', id, text FROM users_text WHERE id = old.rowid;
END;
--> statement-breakpoint
CREATE TRIGGER users_search_after_update AFTER UPDATE OF email, name ON users
WHEN old.email IS NOT new.email OR old.name IS NOT new.name BEGIN
  INSERT INTO users_search(rowid, text) SELECT id, text FROM users_text WHERE id = new.rowid;
END;
--> statement-breakpoint
CREATE TRIGGER users_counted_insert AFTER INSERT ON users BEGIN
  INSERT INTO totals(role, status, verified, count) VALUES (new.role, new.status, new.email_verified_at IS NOT NULL, 1)
    ON CONFLICT DO UPDATE SET count = count + 1;
  INSERT INTO daily(metric, day, count) VALUES ('registrations', date(new.created_at / 1000, 'unixepoch'), 1)
    ON CONFLICT DO UPDATE SET count = count + 1;
END;
--> statement-breakpoint
CREATE TRIGGER users_counted_delete AFTER DELETE ON users BEGIN
  UPDATE totals SET count = count - 1
    WHERE role = old.role AND status = old.status AND verified = (old.email_verified_at IS NOT NULL);
END;
--> statement-breakpoint
CREATE TRIGGER users_counted_update AFTER UPDATE OF role, status, email_verified_at ON users
WHEN old.role <> new.role OR old.status <> new.status
  OR (old.email_verified_at IS NULL) <> (new.email_verified_at IS NULL) BEGIN
  UPDATE totals SET count = count - 1
    WHERE role = old.role AND status = old.status AND verified = (old.email_verified_at IS NOT NULL);
  INSERT INTO totals(role, status, verified, count) VALUES (new.role, new.status, new.email_verified_at IS NOT NULL, 1)
    ON CONFLICT DO UPDATE SET count = count + 1;
END;
--> statement-breakpoint
CREATE TRIGGER sessions_counted_insert AFTER INSERT ON sessions BEGIN
  INSERT INTO daily(metric, day, count) VALUES ('logins', date(new.created_at / 1000, 'unixepoch'), 1), ('sessions', 'now', 1)
    ON CONFLICT DO UPDATE SET count = count + 1;
END;
--> statement-breakpoint
CREATE TRIGGER sessions_counted_delete AFTER DELETE ON sessions BEGIN
  UPDATE daily SET count = count - 1 WHERE metric = 'sessions' AND day = 'now';
END;
