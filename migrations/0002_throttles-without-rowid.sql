-- Without a rowid the table is the index of its key, and a counter that begins is one row less to write. Drizzle cannot
-- say it, so it cannot make this migration. Columns are as they were: the Worker of the release before works on.
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
