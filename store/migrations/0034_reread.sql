-- What could not be read and was read after all: once the server's clock is set right, or a later version knows the format.
alter table unreadable_messages add column reread_at timestamptz;
