ALTER TABLE `users` ADD `mfa_required` integer DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX `users_mfa_required` ON `users` (`mfa_required`) WHERE mfa_required = 1;