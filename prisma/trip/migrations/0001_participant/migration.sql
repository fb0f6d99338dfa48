-- What every participant has, whatever it does; its own tables come after.

-- Raises when a statement wrote another number of rows than it was given: in READ COMMITTED a row may be gone by the time
-- it is written. 40001 makes the transaction fail, so that the COMMIT sent right behind the statement cannot succeed.
CREATE FUNCTION skald_expect(actual bigint, wanted bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF actual <> wanted THEN
    RAISE EXCEPTION 'wrote % rows of %', actual, wanted USING ERRCODE = 'serialization_failure';
  END IF;
END
$$;

-- Handled messages with what was said because of them. A bucket is the day of the time in the message id, -1 for ids
-- without one. Day partitions are made ahead by the service; whatever has none, any unique string being a valid id,
-- goes to the default partition. Old days are dropped, not deleted.
CREATE TABLE inbox (
  message_id text NOT NULL,
  bucket integer NOT NULL,
  digest text NOT NULL,
  outputs text NOT NULL,
  handled_at timestamptz NOT NULL,
  PRIMARY KEY (bucket, message_id)
) PARTITION BY RANGE (bucket);
CREATE TABLE inbox_default PARTITION OF inbox DEFAULT;
-- For forgetting what is old here, where no partition can be dropped.
CREATE INDEX inbox_default_handled_at ON inbox_default (handled_at);

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
