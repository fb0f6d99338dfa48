-- Migrations of running sagas to another version of their definition: what was reviewed, and how far it is.
CREATE TABLE migration (
  migration_id text PRIMARY KEY,
  definition text NOT NULL,
  from_version integer NOT NULL,
  to_version integer NOT NULL,
  states text NOT NULL,
  actor text NOT NULL,
  reason text NOT NULL,
  status text NOT NULL,
  position text NOT NULL,
  migrated integer NOT NULL,
  refused integer NOT NULL,
  round_migrated integer NOT NULL,
  started_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  ended_at timestamptz
);
