-- One action on a set of sagas that was frozen when it was prepared. next: the ordinal of the first one that is not done yet.
CREATE TABLE bulk_action (
  bulk_id text PRIMARY KEY,
  action text NOT NULL,
  filter text NOT NULL,
  reason text NOT NULL,
  actor text NOT NULL,
  rate_per_second integer NOT NULL,
  status text NOT NULL,
  total integer NOT NULL,
  next integer NOT NULL,
  done integer NOT NULL,
  refused integer NOT NULL,
  prepared_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  ended_at timestamptz
) WITH (fillfactor = 50);

-- Its sagas in the order in which they are acted on, with what became of each.
CREATE TABLE bulk_saga (
  id text PRIMARY KEY,
  bulk_id text NOT NULL,
  ordinal integer NOT NULL,
  saga_id text NOT NULL,
  result text NOT NULL,
  why text
);
CREATE UNIQUE INDEX bulk_saga_ordinal ON bulk_saga (bulk_id, ordinal);
