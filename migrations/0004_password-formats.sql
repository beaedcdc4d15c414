CREATE TABLE `password_formats` (
	`format` text PRIMARY KEY NOT NULL,
	`count` integer NOT NULL
);
--> statement-breakpoint
-- The format of each password hash that is not in our own format: the hash without its salt and digest. `rtrim` removes
-- both, since they consist of the letters of base64. Hashes in our own format are not counted, so that a registration writes no additional row.
CREATE VIEW users_format AS
  SELECT id, CASE
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
INSERT INTO password_formats(format, count) SELECT format, count(*) FROM users_format WHERE format IS NOT NULL GROUP BY format;
--> statement-breakpoint
CREATE TRIGGER users_format_insert AFTER INSERT ON users
WHEN new.password IS NULL OR new.password NOT GLOB '$scrypt$ln=*,r=8,p=*' OR new.password GLOB '$scrypt$ln=1[6-9]*' BEGIN
  INSERT INTO password_formats(format, count) SELECT format, 1 FROM users_format WHERE id = new.id AND format IS NOT NULL
    ON CONFLICT DO UPDATE SET count = count + 1;
END;
--> statement-breakpoint
CREATE TRIGGER users_format_delete BEFORE DELETE ON users BEGIN
  UPDATE password_formats SET count = count - 1 WHERE format = (SELECT format FROM users_format WHERE id = old.id);
  DELETE FROM password_formats WHERE count <= 0;
END;
--> statement-breakpoint
CREATE TRIGGER users_format_before_update BEFORE UPDATE OF password ON users WHEN old.password IS NOT new.password BEGIN
  UPDATE password_formats SET count = count - 1 WHERE format = (SELECT format FROM users_format WHERE id = old.id);
  DELETE FROM password_formats WHERE count <= 0;
END;
--> statement-breakpoint
CREATE TRIGGER users_format_after_update AFTER UPDATE OF password ON users WHEN old.password IS NOT new.password BEGIN
  INSERT INTO password_formats(format, count) SELECT format, 1 FROM users_format WHERE id = new.id AND format IS NOT NULL
    ON CONFLICT DO UPDATE SET count = count + 1;
END;
