ALTER TABLE `users` ADD `active_day` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `users_invited` ON `users` (`id`) WHERE password is null and migration_pending is null;--> statement-breakpoint
CREATE INDEX `mail_failed` ON `mail` (`created_at`,`id`) WHERE last_error is not null and sent_at is null;--> statement-breakpoint

-- drizzle-kit cannot generate what follows. Triggers count, so that no code can forget to and no plot has to scan. A
-- user is active on the days of log-ins and refreshes. Because of `active_day`, only the first of these on a day writes
-- more rows: one of `users` and one to three of `daily`. Weeks begin on Monday: day 0, 1970-01-01, was a Thursday.
-- Activity from before this migration is not counted.
CREATE TRIGGER sessions_active_insert AFTER INSERT ON sessions BEGIN
  UPDATE users SET active_day = new.created_at / 86400000
    WHERE id = new.user_id AND active_day < new.created_at / 86400000;
END;
--> statement-breakpoint
CREATE TRIGGER sessions_active_update AFTER UPDATE OF rotated_at ON sessions
WHEN new.rotated_at / 86400000 > old.rotated_at / 86400000 BEGIN
  UPDATE users SET active_day = new.rotated_at / 86400000
    WHERE id = new.user_id AND active_day < new.rotated_at / 86400000;
END;
--> statement-breakpoint
CREATE TRIGGER users_active AFTER UPDATE OF active_day ON users WHEN new.active_day > old.active_day BEGIN
  INSERT INTO daily(metric, day, count)
    SELECT metric, date(start * 86400, 'unixepoch'), 1 FROM (
      SELECT 'active' AS metric, new.active_day AS start
      UNION ALL SELECT 'active_week', new.active_day - (new.active_day + 3) % 7
      UNION ALL SELECT 'active_month', unixepoch(new.active_day * 86400, 'unixepoch', 'start of month') / 86400
    ) WHERE old.active_day < start
    ON CONFLICT DO UPDATE SET count = count + 1;
END;
--> statement-breakpoint
CREATE TRIGGER audit_failures_insert AFTER INSERT ON audit WHEN new.event = 'log_in_failed' BEGIN
  INSERT INTO daily(metric, day, count) VALUES ('failures', date(new.at / 1000, 'unixepoch'), new.count)
    ON CONFLICT DO UPDATE SET count = count + excluded.count;
END;
--> statement-breakpoint
CREATE TRIGGER audit_failures_update AFTER UPDATE OF count ON audit
WHEN new.event = 'log_in_failed' AND new.count > old.count BEGIN
  INSERT INTO daily(metric, day, count) VALUES ('failures', date(new.at / 1000, 'unixepoch'), new.count - old.count)
    ON CONFLICT DO UPDATE SET count = count + excluded.count;
END;
--> statement-breakpoint
-- A mail has failed when its last attempt did: no further one is due.
CREATE TRIGGER mail_failed_counted AFTER UPDATE OF last_error ON mail
WHEN new.last_error NOT IN ('obsolete', 'expired') AND new.next_attempt_at IS NULL AND new.sent_at IS NULL BEGIN
  INSERT INTO daily(metric, day, count) VALUES ('mails_failed', date(new.created_at / 1000, 'unixepoch'), 1)
    ON CONFLICT DO UPDATE SET count = count + 1;
END;
--> statement-breakpoint
CREATE TRIGGER totp_counted AFTER INSERT ON totp BEGIN
  INSERT INTO daily(metric, day, count) VALUES ('factors', date(new.created_at / 1000, 'unixepoch'), 1)
    ON CONFLICT DO UPDATE SET count = count + 1;
END;
--> statement-breakpoint
CREATE TRIGGER passkeys_counted AFTER INSERT ON passkeys BEGIN
  INSERT INTO daily(metric, day, count) VALUES ('factors', date(new.created_at / 1000, 'unixepoch'), 1)
    ON CONFLICT DO UPDATE SET count = count + 1;
END;
