-- Raises when a statement wrote another number of rows than it was given: in READ COMMITTED a row may be gone by the time
-- it is written. 40001 makes the transaction fail, so that the COMMIT sent right behind the statement cannot succeed.
CREATE FUNCTION skald_expect(actual bigint, wanted bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF actual <> wanted THEN
    RAISE EXCEPTION 'wrote % rows of %', actual, wanted USING ERRCODE = 'serialization_failure';
  END IF;
END
$$;

-- fillfactor: an order is updated where it lies (HOT), as long as no column that changes has an index.
CREATE TABLE orders (
  order_id text PRIMARY KEY,
  saga_id text NOT NULL,
  customer_id text NOT NULL,
  items text NOT NULL,
  total_amount bigint NOT NULL,
  currency text NOT NULL,
  payment_method text,
  status text NOT NULL,
  reason text,
  cancel_requested_at timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
-- Lists, newest first, are read backwards. Neither column ever changes.
CREATE INDEX orders_created_at ON orders (created_at, order_id);
CREATE INDEX orders_customer ON orders (customer_id, created_at, order_id);

-- The status once more, for lists by status: written when it changes, and narrow, because each change moves the row.
CREATE TABLE order_list (
  order_id text PRIMARY KEY,
  status text NOT NULL,
  created_at timestamptz NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX order_list_status ON order_list (status, created_at, order_id);

-- The answer to a request that came with an Idempotency-Key.
CREATE TABLE idempotency (
  key text PRIMARY KEY,
  body_digest text NOT NULL,
  order_id text NOT NULL,
  response text NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE INDEX idempotency_created_at ON idempotency (created_at);

-- This service's own copy of the catalogue; only a higher version replaces a row.
CREATE TABLE product_copy (
  sku text PRIMARY KEY,
  name text NOT NULL,
  amount bigint NOT NULL,
  currency text NOT NULL,
  version bigint NOT NULL
);

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

-- How far each stream was seen: a stream that is another one, or shorter than remembered, lost messages.
CREATE TABLE stream_mark (
  stream text PRIMARY KEY,
  incarnation text NOT NULL,
  sequence bigint NOT NULL
);
