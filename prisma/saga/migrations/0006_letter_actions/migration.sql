-- Redrives after which a dead letter was refused once more.
ALTER TABLE dead_letter ADD COLUMN redrives text NOT NULL DEFAULT '[]';

-- refusals: how often it was refused, the first time included. redrive_id: its last redrive; sending: not with the broker yet.
ALTER TABLE reported_dead_letter ADD COLUMN refusals integer NOT NULL DEFAULT 1;
ALTER TABLE reported_dead_letter ADD COLUMN redrive_id text;
ALTER TABLE reported_dead_letter ADD COLUMN sending boolean NOT NULL DEFAULT false;

-- What was done to a dead letter stands in the same chain. Rows from before are as they were, and so are their hashes.
ALTER TABLE operator_audit ALTER COLUMN saga_id DROP NOT NULL;
ALTER TABLE operator_audit ADD COLUMN letter_id text;
-- The bulk action that it was part of.
ALTER TABLE operator_audit ADD COLUMN bulk_id text;
