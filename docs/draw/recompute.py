#!/usr/bin/env python3
"""Recomputes a published draw. Usage: recompute.py DRAW.json [DIGEST [SEED_SHA256]] (as made known elsewhere)."""
import datetime, hashlib, hmac, json, sys

def sha(x): return hashlib.sha256(x).hexdigest()
def text(x): return json.dumps(x, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")
def lot(word): return hmac.new(seed, word.encode("utf-8"), hashlib.sha256).hexdigest()
def monday(week): return datetime.datetime.strptime(week + "-1", "%G-W%V-%u")

def check(what, ok):
    print("ok   " if ok else "WRONG", what)
    if not ok: wrong.append(what)

d, wrong, seen = json.load(open(sys.argv[1], encoding="utf-8")), [], set()
seed, frame, cars = bytes.fromhex(d["seed"]), d["frame"], d["frame"]["cars"]
check("seed: its SHA-256 was committed", len(seed) == 32 and sha(seed) == d["seed_sha256"])
check("committed before the frame was frozen", d["committed_at"] < frame["frozen_at"])
check("frame: of this week, its SHA-256", frame["week"] == d["week"] and sha(text(frame)) == d["frame_sha256"])
check("frame: by name, each car once", [c[0] for c in cars] == sorted({c[0] for c in cars}))
check("at least 10 % are drawn, a redraw says why", 10 <= d["share_percent"] <= 100 and (d["attempt"] > 1) == bool(d["replaces"]))
unit_cars, chosen, strata = {}, [], []
for name, unit, last, since in cars: unit_cars.setdefault(unit, []).append(name)
n, places = (len(cars) * d["share_percent"] + 99) // 100, {}
at = int(lot("start"), 16) % len(cars) if cars else 0
for unit in sorted(unit_cars, key=lambda u: lot("unit " + u)):  # each unit is n * its cars long, a place is len(cars)
    places[unit] = (at + n * len(unit_cars[unit])) // len(cars) - at // len(cars)
    at += n * len(unit_cars[unit])
for unit in sorted(unit_cars):
    strata.append([unit, len(unit_cars[unit]), places[unit]])
    chosen += [[name, unit, "drawn"] for name in sorted(unit_cars[unit], key=lot)[:places[unit]]]
seen = {c[0] for c in chosen}
for name, unit, last, since in cars:
    if name not in seen and (monday(d["week"]) - monday(since)).days >= 7 * d["overdue_weeks"]: chosen.append([name, unit, "overdue"])
check("strata: %d places among %d cars" % (n, len(cars)), strata == d["strata"])
check("chosen: %d cars" % len(chosen), chosen == d["chosen"])
check("digest of it all", sha(text({k: d[k] for k in d if k != "digest"})) == d["digest"])
if len(sys.argv) > 2: check("digest: the one that was made known", sys.argv[2] == d["digest"])
if len(sys.argv) > 3: check("seed: the one that was committed", sys.argv[3] == d["seed_sha256"])
sys.exit(1 if wrong else 0)
