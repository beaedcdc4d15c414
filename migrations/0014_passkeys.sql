CREATE TABLE `passkeys` (
	`id` text PRIMARY KEY NOT NULL,
	`credential_id` text NOT NULL,
	`user_id` text NOT NULL,
	`rp_id` text NOT NULL,
	`public_key` text NOT NULL,
	`alg` integer NOT NULL,
	`sign_count` integer NOT NULL,
	`uv` integer NOT NULL,
	`backup_eligible` integer NOT NULL,
	`backed_up` integer NOT NULL,
	`discoverable` integer,
	`transports` text,
	`aaguid` text NOT NULL,
	`name` text NOT NULL,
	`created_at` integer NOT NULL,
	`last_used_at` integer,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `passkeys_credential_id_unique` ON `passkeys` (`credential_id`);--> statement-breakpoint
CREATE INDEX `passkeys_user` ON `passkeys` (`user_id`,`id`);--> statement-breakpoint

-- drizzle-kit cannot generate what follows. These triggers keep `users.factors`, whatever code writes the rows: 2 is a
-- passkey whose authenticator has verified the user, 4 one that is a second factor only. `daily` counts the users with
-- passkeys. A one-use proof from before a passkey was added does not prove the passkey, so the trigger voids the proof.
CREATE TRIGGER passkeys_factors_insert AFTER INSERT ON passkeys BEGIN
  UPDATE users SET factors = factors | iif(new.uv, 2, 4)
    WHERE id = new.user_id AND factors & iif(new.uv, 2, 4) = 0;
  INSERT INTO daily(metric, day, count) SELECT 'passkey_users', 'now', 1
    WHERE (SELECT count(*) FROM passkeys WHERE user_id = new.user_id) = 1
    ON CONFLICT DO UPDATE SET count = count + 1;
  UPDATE sessions SET proof = NULL WHERE user_id = new.user_id AND proof IS NOT NULL;
END;
--> statement-breakpoint
CREATE TRIGGER passkeys_factors_update AFTER UPDATE OF uv ON passkeys WHEN old.uv <> new.uv BEGIN
  UPDATE users SET factors = factors & ~6
    | iif(EXISTS (SELECT 1 FROM passkeys WHERE user_id = new.user_id AND uv), 2, 0)
    | iif(EXISTS (SELECT 1 FROM passkeys WHERE user_id = new.user_id AND NOT uv), 4, 0)
    WHERE id = new.user_id;
END;
--> statement-breakpoint
CREATE TRIGGER passkeys_factors_delete AFTER DELETE ON passkeys
WHEN NOT EXISTS (SELECT 1 FROM passkeys WHERE user_id = old.user_id AND uv = old.uv) BEGIN
  UPDATE users SET factors = factors & ~iif(old.uv, 2, 4) WHERE id = old.user_id;
  UPDATE daily SET count = count - 1 WHERE metric = 'passkey_users' AND day = 'now'
    AND NOT EXISTS (SELECT 1 FROM passkeys WHERE user_id = old.user_id);
END;
