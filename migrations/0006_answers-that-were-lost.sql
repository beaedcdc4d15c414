ALTER TABLE `sessions` ADD `parent` integer;--> statement-breakpoint
ALTER TABLE `sessions` ADD `device` text;