CREATE TABLE `recovery_codes` (
	`user_id` text PRIMARY KEY NOT NULL,
	`set_id` text NOT NULL,
	`hashes` text NOT NULL,
	`used` integer DEFAULT 0 NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `totp` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`secret` text NOT NULL,
	`last_step` integer NOT NULL,
	`name` text,
	`created_at` integer NOT NULL,
	`last_used_at` integer,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `totp_user` ON `totp` (`user_id`);--> statement-breakpoint
ALTER TABLE `sessions` ADD `mfa_at` integer;--> statement-breakpoint
ALTER TABLE `users` ADD `factors` integer DEFAULT 0 NOT NULL;--> statement-breakpoint

-- drizzle-kit cannot generate what follows, nor WITHOUT ROWID above. These triggers keep `users.factors`, whatever code
-- writes the rows: 1 is an authenticator app, 8 a recovery code that is left. `daily` counts the users with an app. A
-- one-use proof from before an app was added does not prove the app, so the trigger voids the proof.
CREATE TRIGGER totp_factors_insert AFTER INSERT ON totp BEGIN
  UPDATE users SET factors = factors | 1 WHERE id = new.user_id AND factors & 1 = 0;
  INSERT INTO daily(metric, day, count) SELECT 'totp_users', 'now', 1
    WHERE (SELECT count(*) FROM totp WHERE user_id = new.user_id) = 1
    ON CONFLICT DO UPDATE SET count = count + 1;
  UPDATE sessions SET proof = NULL WHERE user_id = new.user_id AND proof IS NOT NULL;
END;
--> statement-breakpoint
CREATE TRIGGER totp_factors_delete AFTER DELETE ON totp
WHEN NOT EXISTS (SELECT 1 FROM totp WHERE user_id = old.user_id) BEGIN
  UPDATE users SET factors = factors & ~1 WHERE id = old.user_id;
  UPDATE daily SET count = count - 1 WHERE metric = 'totp_users' AND day = 'now';
END;
--> statement-breakpoint
CREATE TRIGGER recovery_codes_factors_insert AFTER INSERT ON recovery_codes WHEN new.used <> 1023 BEGIN
  UPDATE users SET factors = factors | 8 WHERE id = new.user_id AND factors & 8 = 0;
END;
--> statement-breakpoint
CREATE TRIGGER recovery_codes_factors_update AFTER UPDATE OF used ON recovery_codes
WHEN (old.used = 1023) <> (new.used = 1023) BEGIN
  UPDATE users SET factors = iif(new.used = 1023, factors & ~8, factors | 8) WHERE id = new.user_id;
END;
--> statement-breakpoint
CREATE TRIGGER recovery_codes_factors_delete AFTER DELETE ON recovery_codes BEGIN
  UPDATE users SET factors = factors & ~8 WHERE id = old.user_id AND factors & 8 <> 0;
END;
