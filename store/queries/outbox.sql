-- name: put
-- A letter into the outbox, unless one with its key was put before.
insert into letters (key, kind, severity, subject_zh, subject_en, body_zh, body_en, roles, unit_id, is_confidential, path,
    put_at, takes_back)
values (%(key)s, %(kind)s, %(severity)s, %(subject_zh)s, %(subject_en)s, %(body_zh)s, %(body_en)s, %(roles)s::text[],
    %(unit_id)s, %(is_confidential)s, %(path)s, %(at)s, %(takes_back)s)
on conflict (key) do nothing
returning id
