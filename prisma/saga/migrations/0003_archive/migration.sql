-- Sagas that ended long ago, one row each with the whole history, so that the tables that every step writes stay small.
-- A month, by the time of the end, is a partition: a retention drops it whole. What no month was made for goes to the
-- default one. MAIN keeps the compressed history in the row: a saga is read with one page.
CREATE TABLE saga_archive (
  saga_id text NOT NULL,
  definition text NOT NULL,
  version integer NOT NULL,
  status text NOT NULL,
  business_key text NOT NULL,
  revision integer NOT NULL,
  started_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  ended_at timestamptz NOT NULL,
  body text NOT NULL,
  PRIMARY KEY (saga_id, ended_at)
) PARTITION BY RANGE (ended_at);
ALTER TABLE saga_archive ALTER COLUMN body SET STORAGE MAIN;
CREATE TABLE saga_archive_default PARTITION OF saga_archive DEFAULT;
-- Lists, newest first, are read backwards; a list of all is one of each status.
CREATE INDEX saga_archive_status ON saga_archive (status, started_at, saga_id);

-- The names that a saga has taken: its subject, and now its own id, too. They stay when it is archived, so that a start
-- that takes one of them again fails on the spot, and nobody has to look into the archive before a saga starts.
INSERT INTO saga_subject (subject, saga_id) SELECT '/' || saga_id, saga_id FROM saga WHERE definition <> '';

-- It loses now as many rows as it gains; left to itself, vacuum would wait for a fifth of the table.
ALTER TABLE history SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);
