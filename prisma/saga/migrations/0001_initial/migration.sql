-- Raises when a statement wrote another number of rows than it was given: in READ COMMITTED a row may be gone by the time
-- it is written. 40001 makes the transaction fail, so that the COMMIT sent right behind the statement cannot succeed.
CREATE FUNCTION skald_expect(actual bigint, wanted bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF actual <> wanted THEN
    RAISE EXCEPTION 'wrote % rows of %', actual, wanted USING ERRCODE = 'serialization_failure';
  END IF;
END
$$;

-- A saga where it stands. fillfactor: updated where it lies (HOT), so no column that changes has an index.
CREATE TABLE saga (
  saga_id text PRIMARY KEY,
  definition text NOT NULL,
  version integer NOT NULL,
  hash text NOT NULL,
  status text NOT NULL,
  state text NOT NULL,
  business_key text NOT NULL,
  held text NOT NULL,
  asked text NOT NULL,
  timers text NOT NULL,
  revision integer NOT NULL,
  wake_at timestamptz,
  started_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  ended_at timestamptz
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

-- Every message a saga took in and what was said because of it: the coordinator's inbox, and the audit trail. Kept.
CREATE TABLE history (
  message_id text PRIMARY KEY,
  saga_id text NOT NULL,
  seq integer NOT NULL,
  at timestamptz NOT NULL,
  type text NOT NULL,
  causation_id text,
  input text NOT NULL,
  from_state text NOT NULL,
  to_state text NOT NULL,
  outputs text NOT NULL,
  note text,
  digest text NOT NULL
);
CREATE UNIQUE INDEX history_saga ON history (saga_id, seq);

-- What lists show and filter by: written when the status changes, and narrow, because each change moves the row.
CREATE TABLE saga_list (
  saga_id text PRIMARY KEY,
  definition text NOT NULL,
  version integer NOT NULL,
  status text NOT NULL,
  business_key text NOT NULL,
  started_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  ended_at timestamptz
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
-- Lists, newest first, are read backwards. A filter by definition needs no index: there are few, and a page is full soon.
CREATE INDEX saga_list_started_at ON saga_list (started_at, saga_id);
CREATE INDEX saga_list_status ON saga_list (status, started_at, saga_id);

-- Which saga a subject has, for ever: one order, one saga. Also the way from an order id to its saga.
CREATE TABLE saga_subject (
  subject text PRIMARY KEY,
  saga_id text NOT NULL
);

-- What must happen and has no message to bring it back. Rows come and go quickly: vacuum often, or claiming walks over
-- dead index entries.
CREATE TABLE task (
  id text PRIMARY KEY,
  kind text NOT NULL,
  due_at timestamptz NOT NULL,
  token text NOT NULL,
  attempts integer NOT NULL,
  body text NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX task_due_at ON task (due_at);

CREATE TABLE dead_letter (
  id text PRIMARY KEY,
  durable text NOT NULL,
  subject text NOT NULL,
  message_id text,
  type text,
  reason text NOT NULL,
  detail text NOT NULL,
  payload text NOT NULL,
  received_at timestamptz NOT NULL,
  status text NOT NULL
);
CREATE INDEX dead_letter_status ON dead_letter (status, id);

-- How far each stream was seen: a stream that is another one, or shorter than remembered, lost messages.
CREATE TABLE stream_mark (
  stream text PRIMARY KEY,
  incarnation text NOT NULL,
  sequence bigint NOT NULL
);

-- Dead letters of all services, as they were reported, for listing.
CREATE TABLE reported_dead_letter (
  id text PRIMARY KEY,
  service text NOT NULL,
  subject text NOT NULL,
  message_id text,
  type text,
  reason text NOT NULL,
  detail text NOT NULL,
  payload text NOT NULL,
  truncated boolean NOT NULL,
  received_at timestamptz NOT NULL,
  status text NOT NULL
);
CREATE INDEX reported_dead_letter_received_at ON reported_dead_letter (received_at, id);
