ALTER TABLE `mail` ADD `password` text;--> statement-breakpoint
ALTER TABLE `mail` ADD `awaits_approval` integer DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX `mail_reserved` ON `mail` (`address_canonical`) WHERE kind = 'revert_email_change';--> statement-breakpoint
ALTER TABLE `sessions` ADD `proof` text;--> statement-breakpoint
ALTER TABLE `users` ADD `origin` text;--> statement-breakpoint
ALTER TABLE `users` ADD `erases_at` integer;--> statement-breakpoint
ALTER TABLE `users` ADD `frozen_until` integer;--> statement-breakpoint
CREATE INDEX `users_erasing` ON `users` (`erases_at`) WHERE erases_at is not null;--> statement-breakpoint
CREATE INDEX `users_frozen` ON `users` (`frozen_until`) WHERE frozen_until is not null;