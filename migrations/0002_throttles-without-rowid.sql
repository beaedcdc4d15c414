-- Without a rowid the table itself is the index of its key, and a new counter writes one row less. Drizzle cannot express
-- this, so it cannot generate this migration. The columns stay: the Worker of the previous release keeps working.
CREATE TABLE throttles_by_key (
  key text PRIMARY KEY NOT NULL,
  count integer NOT NULL,
  blocked_until integer NOT NULL,
  ends_at integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO throttles_by_key SELECT key, count, blocked_until, ends_at FROM throttles;
--> statement-breakpoint
DROP TABLE throttles;
--> statement-breakpoint
ALTER TABLE throttles_by_key RENAME TO throttles;
--> statement-breakpoint
CREATE INDEX throttles_end ON throttles (ends_at);
