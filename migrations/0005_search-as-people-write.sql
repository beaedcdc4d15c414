ALTER TABLE `users` ADD `search_name` text;--> statement-breakpoint
ALTER TABLE `users` ADD `search_email` text;--> statement-breakpoint
ALTER TABLE `users` ADD `search_phone` text;--> statement-breakpoint

-- drizzle-kit cannot generate what follows. Each of the columns begins with the original text and counts only while that
-- is unchanged, so that a release without these columns can still write the table. No row has a value yet, so the text
-- and the index of each row stay as they are. The triggers now watch more columns for changes.
DROP TRIGGER users_search_insert;--> statement-breakpoint
DROP TRIGGER users_search_delete;--> statement-breakpoint
DROP TRIGGER users_search_before_update;--> statement-breakpoint
DROP TRIGGER users_search_after_update;--> statement-breakpoint
DROP VIEW users_text;--> statement-breakpoint
CREATE VIEW users_text AS
  SELECT rowid AS id, char(10, 10) || email || char(10, 10) || coalesce(name, '') || char(10)
    || iif(instr(search_name, name || char(10)) = 1, substr(search_name, length(name) + 1), '')
    || iif(instr(search_email, email || char(10)) = 1, substr(search_email, length(email) + 1), '')
    || iif(search_phone = phone, char(10, 10) || phone || char(10), '') AS text FROM users;
--> statement-breakpoint
CREATE TRIGGER users_search_insert AFTER INSERT ON users BEGIN
  INSERT INTO users_search(rowid, text) SELECT id, text FROM users_text WHERE id = new.rowid;
END;
--> statement-breakpoint
CREATE TRIGGER users_search_delete BEFORE DELETE ON users BEGIN
  INSERT INTO users_search(users_search, rowid, text) SELECT 'delete', id, text FROM users_text WHERE id = old.rowid;
END;
--> statement-breakpoint
CREATE TRIGGER users_search_before_update BEFORE UPDATE OF email, name, phone, search_name, search_email, search_phone ON users
WHEN old.email IS NOT new.email OR old.name IS NOT new.name OR old.phone IS NOT new.phone OR old.search_name IS NOT new.search_name
  OR old.search_email IS NOT new.search_email OR old.search_phone IS NOT new.search_phone BEGIN
  INSERT INTO users_search(users_search, rowid, text) SELECT 'delete', id, text FROM users_text WHERE id = old.rowid;
END;
--> statement-breakpoint
CREATE TRIGGER users_search_after_update AFTER UPDATE OF email, name, phone, search_name, search_email, search_phone ON users
WHEN old.email IS NOT new.email OR old.name IS NOT new.name OR old.phone IS NOT new.phone OR old.search_name IS NOT new.search_name
  OR old.search_email IS NOT new.search_email OR old.search_phone IS NOT new.search_phone BEGIN
  INSERT INTO users_search(rowid, text) SELECT id, text FROM users_text WHERE id = new.rowid;
END;
--> statement-breakpoint

-- Rows that the cron rewrites. A query must repeat this expression exactly: see src/storage/search-upkeep.ts.
CREATE INDEX users_unsearched ON users (id) WHERE
  ((name glob '*[^ -~]*' and instr(coalesce(search_name, ''), name || char(10)) <> 1)
    or name <> trim(name)
    or (email_canonical glob '*xn--*' and instr(coalesce(search_email, ''), email || char(10)) <> 1)
    or (phone is not null and search_phone is not phone));
