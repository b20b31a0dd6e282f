-- One row a vehicle, updated with its every position: with room on the page an update touches no index.
alter table latest_positions set (fillfactor = 50);
