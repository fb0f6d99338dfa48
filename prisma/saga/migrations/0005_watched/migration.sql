-- What the coordinator keeps an eye on beside the chart: service levels, and what is due and was not done.
ALTER TABLE saga ADD COLUMN watched text NOT NULL DEFAULT '[]';

-- Sagas that a person should look at, as they are stuck or slow. Few, and read by kind, newest first.
CREATE TABLE saga_concern (
  id text PRIMARY KEY,
  kind text NOT NULL,
  saga_id text NOT NULL,
  definition text NOT NULL,
  started_at timestamptz NOT NULL,
  since timestamptz NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX saga_concern_kind ON saga_concern (kind, started_at, saga_id);

-- Alerts that are to be sent: tasks of their own table, so that those which nobody takes are in no other task's way.
CREATE TABLE alert (
  id text PRIMARY KEY,
  kind text NOT NULL,
  due_at timestamptz NOT NULL,
  token text NOT NULL,
  attempts integer NOT NULL,
  body text NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX alert_due_at ON alert (due_at);

-- How many dead letters are open is asked again and again.
CREATE INDEX reported_dead_letter_status ON reported_dead_letter (status, received_at, id);
