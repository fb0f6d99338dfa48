-- Lists, newest first, walk the saga's own table backwards. Neither column ever changes, so updates stay where they lie.
CREATE INDEX saga_started_at ON saga (started_at, saga_id);

-- Sagas that left the straight road, for lists by status. Of the others, those that run have a wake task, and those that
-- are completed are nearly all: neither costs a row here, whose every change would move it in three indexes.
CREATE TABLE saga_detour (
  saga_id text PRIMARY KEY,
  status text NOT NULL,
  started_at timestamptz NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX saga_detour_status ON saga_detour (status, started_at, saga_id);

INSERT INTO saga_detour (saga_id, status, started_at)
  SELECT saga_id, status, started_at FROM saga_list WHERE status NOT IN ('RUNNING', 'COMPLETED');
DROP TABLE saga_list;
