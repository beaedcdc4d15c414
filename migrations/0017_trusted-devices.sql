CREATE TABLE `trusted_devices` (
	`user_id` text NOT NULL,
	`id` text NOT NULL,
	`name` text NOT NULL,
	`created_at` integer NOT NULL,
	`last_used_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	PRIMARY KEY(`user_id`, `id`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
) WITHOUT ROWID;
--> statement-breakpoint

-- drizzle-kit cannot generate what follows, nor WITHOUT ROWID above. Whatever code changes a factor, sets or removes a
-- password or disables an account: no device stays trusted. `device_cookies_not_before` tells a new password from a
-- hash that is only renewed, which does not touch this column.
CREATE TRIGGER trusted_devices_app_insert AFTER INSERT ON totp BEGIN
  DELETE FROM trusted_devices WHERE user_id = new.user_id;
END;
--> statement-breakpoint
CREATE TRIGGER trusted_devices_app_delete AFTER DELETE ON totp BEGIN
  DELETE FROM trusted_devices WHERE user_id = old.user_id;
END;
--> statement-breakpoint
CREATE TRIGGER trusted_devices_passkey_insert AFTER INSERT ON passkeys BEGIN
  DELETE FROM trusted_devices WHERE user_id = new.user_id;
END;
--> statement-breakpoint
CREATE TRIGGER trusted_devices_passkey_delete AFTER DELETE ON passkeys BEGIN
  DELETE FROM trusted_devices WHERE user_id = old.user_id;
END;
--> statement-breakpoint
CREATE TRIGGER trusted_devices_codes_update AFTER UPDATE OF set_id ON recovery_codes BEGIN
  DELETE FROM trusted_devices WHERE user_id = new.user_id;
END;
--> statement-breakpoint
CREATE TRIGGER trusted_devices_user_update AFTER UPDATE OF device_cookies_not_before, password, status ON users
WHEN new.device_cookies_not_before IS NOT old.device_cookies_not_before OR new.password IS NULL OR new.status <> 'active' BEGIN
  DELETE FROM trusted_devices WHERE user_id = new.id;
END;
