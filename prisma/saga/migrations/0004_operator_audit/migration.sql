-- What operators did to sagas, for ever: `hash` covers the row and the hash of the row before it, so that a change or a
-- removal shows, also one that was made past the program.
CREATE TABLE operator_audit (
  id text PRIMARY KEY,
  seq integer NOT NULL,
  at timestamptz NOT NULL,
  actor text NOT NULL,
  action text NOT NULL,
  saga_id text NOT NULL,
  reason text NOT NULL,
  before text NOT NULL,
  after text NOT NULL,
  idempotency_key text,
  hash text NOT NULL
);
CREATE UNIQUE INDEX operator_audit_seq ON operator_audit (seq);

-- The service owns its tables; what it has no right to it cannot do by mistake. The trigger holds for administrators, too.
REVOKE UPDATE, DELETE, TRUNCATE ON operator_audit FROM CURRENT_USER;
CREATE FUNCTION operator_audit_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'operator_audit is append-only: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER operator_audit_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON operator_audit
  FOR EACH STATEMENT EXECUTE FUNCTION operator_audit_is_kept();

-- The end of that chain: locked by every action, so that there is one chain, and a removed last row shows.
CREATE TABLE operator_audit_head (
  name text PRIMARY KEY,
  seq integer NOT NULL,
  hash text NOT NULL
);

-- The answer to an action that came with an Idempotency-Key.
CREATE TABLE operator_request (
  key text PRIMARY KEY,
  body_digest text NOT NULL,
  response text NOT NULL,
  created_at timestamptz NOT NULL
);
