-- Room on the page for the reservation's one update (committed or released), so that it stays where it lies (HOT).
ALTER TABLE reservation SET (fillfactor = 50);
