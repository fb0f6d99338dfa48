-- Definitions and steps that operators have paused: one row holds the list, which is short and read as a whole.
CREATE TABLE step_pause (
  name text PRIMARY KEY,
  pauses text NOT NULL
);
-- Always there, so that whoever changes it can lock it.
INSERT INTO step_pause (name, pauses) VALUES ('all', '[]');

-- The pause that holds a saga back; null for sagas that go on, and for those that an operator paused one by one.
ALTER TABLE saga ADD COLUMN paused_by text;
