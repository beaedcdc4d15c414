CREATE TABLE `audit_days` (
	`day` text PRIMARY KEY NOT NULL,
	`entries` integer NOT NULL,
	`bytes` integer NOT NULL,
	`portions` text NOT NULL,
	`manifest` text
);
--> statement-breakpoint
CREATE TABLE `audit_keys` (
	`pseudonym` text PRIMARY KEY NOT NULL,
	`user_id` text,
	`secret` text NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
) WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX `audit_keys_user_id_unique` ON `audit_keys` (`user_id`);