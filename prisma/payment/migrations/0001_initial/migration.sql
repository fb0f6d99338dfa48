-- Raises when a statement wrote another number of rows than it was given: in READ COMMITTED a row may be gone by the time
-- it is written. 40001 makes the transaction fail, so that the COMMIT sent right behind the statement cannot succeed.
CREATE FUNCTION skald_expect(actual bigint, wanted bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF actual <> wanted THEN
    RAISE EXCEPTION 'wrote % rows of %', actual, wanted USING ERRCODE = 'serialization_failure';
  END IF;
END
$$;

-- Kept for ever: the last guard against charging an order twice. A refund that came before its charge is a row too, so
-- that the late charge finds it. fillfactor: updated where it lies (HOT), no index beside the key.
CREATE TABLE payment (
  order_id text PRIMARY KEY,
  status text NOT NULL,
  -- Null when an undo came before its charge and did not say the amount.
  amount bigint,
  currency text,
  payment_method text,
  undone boolean NOT NULL,
  call text,
  transactions text NOT NULL,
  open_commands text NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

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

-- The simulated payment gateway's own books: another party, which shares this server for convenience and nothing else.
-- It has its own connection and commits by itself; nothing here is ever written together with a payment.
CREATE SCHEMA gateway;

-- One row a charge key holds all that must not race: charged or not, cancelled or not, how much was given back. A cancel
-- of a key that was never charged makes the row, so that a charge that comes later finds it.
CREATE TABLE gateway.charge (
  key text PRIMARY KEY,
  order_id text NOT NULL,
  amount bigint,
  currency text,
  token text,
  outcome text CHECK (outcome IN ('succeeded', 'refused')),
  reason text,
  first_called_at timestamptz NOT NULL,
  settled_at timestamptz,
  failures integer NOT NULL,
  voided_at timestamptz,
  void_key text,
  refunded bigint NOT NULL CHECK (refunded >= 0 AND refunded <= coalesce(amount, 0)),
  refused_refunds integer NOT NULL,
  CHECK (voided_at IS NULL OR outcome IS DISTINCT FROM 'succeeded')
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX charge_order ON gateway.charge (order_id);

CREATE TABLE gateway.refund (
  key text PRIMARY KEY,
  charge_key text NOT NULL,
  order_id text NOT NULL,
  amount bigint NOT NULL,
  currency text NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('succeeded', 'refused')),
  reason text,
  settled_at timestamptz NOT NULL
);
CREATE INDEX refund_order ON gateway.refund (order_id);
