-- Redrives after which a dead letter was refused once more.
ALTER TABLE dead_letter ADD COLUMN redrives text NOT NULL DEFAULT '[]';
