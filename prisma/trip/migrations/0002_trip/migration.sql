-- All that is known of a trip, whichever message was the first about it. Kept for ever: the last guard against handling
-- a trip's command twice, and where an undo that came first leaves its mark.
CREATE TABLE trip (
  trip_id text PRIMARY KEY,
  flight text NOT NULL,
  hotel text NOT NULL,
  approval text NOT NULL,
  updated_at timestamptz NOT NULL
);
