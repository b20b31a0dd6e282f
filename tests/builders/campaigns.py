"""National Day 2026 in a small district: cars that each do one thing over it."""

from __future__ import annotations

from datetime import datetime, timedelta

from gongche.campaigning import close, follow_calendar, tell_digest, tell_sealing
from gongche.settings import Settings
from store.database import connect
from tests.integration.api.builders import HOME, District, local

KEY = "2026-national-day"
OPENING, BEGIN = local("2026-09-28 08:00"), local("2026-10-01 00:00")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def holiday_fleet(built: District) -> dict[str, int]:
    """Cars that each do one thing over National Day 2026; the last is of confidential mail."""
    unit, other = built.unit("区教育局"), built.unit("区财政局")
    cars = {
        name: built.vehicle(f"苏N0000{number}", unit=other if name == "away" else unit, use_class=use_class)
        for number, (name, use_class) in enumerate(
            [
                ("home", "general"),
                ("drives", "general"),
                ("away", "general"),
                ("silent", "general"),
                ("on duty", "general"),
                ("in repair", "general"),
                ("police", "law_enforcement"),
                ("ordered", "general"),
                ("secret", "confidential_mail"),
            ]
        )
    }
    zone = built.zone("教育局院内", "home", HOME, unit)
    for name in ("home", "drives", "secret"):
        stand(built, cars[name], zone, BEGIN - 8 * HOUR, BEGIN + 7 * DAY)
    stand(built, cars["away"], zone, BEGIN - 12 * HOUR, BEGIN + 7 * DAY, side="outside")
    built.trip(cars["drives"], local("2026-10-03 09:00"), local("2026-10-03 10:30"))
    built.alert(built.violation(cars["drives"], "R06", local("2026-10-03 09:00"), minutes=90))
    built.violation(cars["away"], "R07", local("2026-10-01 12:00"), minutes=60)
    built.duty(cars["on duty"], BEGIN, BEGIN + 7 * DAY)
    waive(built, cars["in repair"], "repair", BEGIN - DAY, BEGIN + 8 * DAY)
    built.order(cars["ordered"], local("2026-10-02 08:00"), local("2026-10-02 18:00"))
    built.conn.execute("delete from marks")  # all is judged
    return cars


def stand(built: District, car: int, zone: int, start: datetime, end: datetime, side: str = "inside") -> None:
    """It stands in one piece, in its home or out of it, and sends something every six hours."""
    built.stop(car, start, end)
    built.conn.execute(
        "insert into visits values (%s, 'home', 100, %s, %s, %s, %s, 9)",
        (car, side, zone if side == "inside" else -1, start, end),
    )
    moment = start
    while moment < end:
        built.conn.execute(
            "insert into positions (vehicle_id, ts, lon_e7, lat_e7, tracker_id)"
            " values (%s, %s, 1182930000, 339420000, 1)",
            (car, moment),
        )
        moment += 6 * HOUR


def waive(built: District, car: int, kind: str, start: datetime, end: datetime) -> None:
    built.conn.execute(
        "insert into waivers (vehicle_id, kind, during, reason) values (%s, %s, tstzrange(%s, %s), '—')",
        (car, kind, start, end),
    )


async def told_until(dsn: str, until: datetime) -> None:
    """What the jobs tell up to a moment, each at its time."""
    settings = Settings(_env_file=None)
    days = [BEGIN + n * DAY for n in range(7)]
    async with await connect(dsn) as conn:
        await follow_calendar(conn, settings, min(until, OPENING))
        if until >= BEGIN + 2 * HOUR:
            await tell_sealing(conn, settings, KEY, BEGIN + 2 * HOUR)
        for day in (day for day in days if day + 8 * HOUR <= until):
            await tell_digest(conn, settings, KEY, day.astimezone(settings.zone).date(), day + 8 * HOUR)
        if until >= BEGIN + 7 * DAY + 8 * HOUR:
            await close(conn, settings, KEY, BEGIN + 7 * DAY + 8 * HOUR)
        await conn.commit()
