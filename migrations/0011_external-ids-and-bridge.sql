ALTER TABLE `users` ADD `external_id` text;--> statement-breakpoint
ALTER TABLE `users` ADD `metadata` text;--> statement-breakpoint
ALTER TABLE `users` ADD `migration_pending` integer;--> statement-breakpoint
CREATE UNIQUE INDEX `users_external_id` ON `users` (`external_id`) WHERE external_id is not null;--> statement-breakpoint

-- drizzle-kit cannot generate what follows. Users whose password is still in the old system are counted apart from users
-- without any password. Statistics show their number, and the same share of unknown addresses is answered as if they
-- belonged to such users.
DROP TRIGGER users_format_before_update;--> statement-breakpoint
DROP TRIGGER users_format_after_update;--> statement-breakpoint
DROP VIEW users_format;--> statement-breakpoint
CREATE VIEW users_format AS
  SELECT id, CASE
    WHEN password IS NULL AND migration_pending THEN 'bridge'
    WHEN password IS NULL THEN 'none'
    WHEN password GLOB '$scrypt$ln=[1-9],r=8,p=*' OR password GLOB '$scrypt$ln=1[0-5],r=8,p=*' THEN NULL
    WHEN password GLOB '$2[aby]$*' THEN substr(password, 1, 7)
    WHEN password LIKE 'pbkdf2\_sha256$%' ESCAPE '\' THEN substr(password, 1, 14 + instr(substr(password, 15), '$'))
    WHEN password GLOB '$*' THEN rtrim(rtrim(rtrim(password,
      'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=._-'), '$'),
      'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=._-')
    WHEN instr(password, ':') = 33 THEN 'better-auth'
    ELSE 'unknown'
  END AS format FROM users;
--> statement-breakpoint
CREATE TRIGGER users_format_before_update BEFORE UPDATE OF password, migration_pending ON users
WHEN old.password IS NOT new.password
  OR (new.password IS NULL AND old.migration_pending IS NOT new.migration_pending) BEGIN
  UPDATE password_formats SET count = count - 1 WHERE format = (SELECT format FROM users_format WHERE id = old.id);
  DELETE FROM password_formats WHERE count <= 0;
END;
--> statement-breakpoint
CREATE TRIGGER users_format_after_update AFTER UPDATE OF password, migration_pending ON users
WHEN old.password IS NOT new.password
  OR (new.password IS NULL AND old.migration_pending IS NOT new.migration_pending) BEGIN
  INSERT INTO password_formats(format, count) SELECT format, 1 FROM users_format WHERE id = new.id AND format IS NOT NULL
    ON CONFLICT DO UPDATE SET count = count + 1;
END;
--> statement-breakpoint

-- The old system is never asked about a user again once the password was set or dropped here (even if there was none),
-- the account was disabled or enabled, or the address was changed. This holds whatever code writes the row.
CREATE TRIGGER users_bridge_password AFTER UPDATE OF password ON users
WHEN old.migration_pending IS NOT NULL AND new.migration_pending IS NOT NULL BEGIN
  UPDATE users SET migration_pending = NULL WHERE id = new.id;
END;
--> statement-breakpoint
CREATE TRIGGER users_bridge_account AFTER UPDATE OF status, email_canonical ON users
WHEN new.migration_pending IS NOT NULL AND (old.status <> new.status OR old.email_canonical <> new.email_canonical) BEGIN
  UPDATE users SET migration_pending = NULL WHERE id = new.id;
END;
