-- How far an order's use was planned to be, there and back; null where that is not known.
alter table orders add column planned_distance_m int check (planned_distance_m > 0);
