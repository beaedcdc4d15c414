ALTER TABLE `passkeys` ADD `user_handle` text;
