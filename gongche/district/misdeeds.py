"""The misdeeds that are planted. Each function lets one car do one thing and says what must be found for it.

All keep clear of the rules' thresholds, so that noise decides nothing.
"""

from __future__ import annotations

from datetime import timedelta

from gongche.district.season import clock
from gongche.district.stage import Stage


def evening_errand(stage: Stage) -> None:
    stage.ordinary_day()
    legs = stage.there_and_back(stage.private(17, 30), stage.at(19, 25, 40), stage.minutes(7, 14))
    stage.used("R04", *legs, "工作日晚间用车，无派车单")


def evening_visit(stage: Stage) -> None:
    stage.ordinary_day()
    legs = stage.there_and_back(stage.private(17, 28), stage.at(19, 15, 20), stage.minutes(42, 55))
    stage.used("R04", *legs, "工作日晚间外出做客，往返各一次")


def before_work(stage: Stage) -> None:
    legs = stage.there_and_back(stage.private(17, 25), stage.at(5, 25, 15), stage.minutes(7, 11))
    stage.used("R04", *legs, "清晨上班前用车")


def late_way_home(stage: Stage) -> None:
    out = stage.diary.drive(stage.private(34, 60), stage.at(15, 0, 30))
    back = stage.diary.home(stage.at(18, 52, 3))
    stage.diary.order(out, out, out.end)
    stage.diary.misdeed("R04", clock(stage.day, 19), back.arrive_s, "19点后仍在行驶，派车单早已到期")


def two_short_hops(stage: Stage) -> None:
    stage.ordinary_day()
    legs = stage.there_and_back(stage.private(8, 10), stage.at(19, 30, 40), stage.minutes(8, 14))
    stage.used("R04", *legs, "两段短途合计超过10分钟，间隔不足30分钟算一次")


def evening_under_cancelled_order(stage: Stage) -> None:
    out, back = stage.there_and_back(stage.private(17, 30), stage.at(19, 25, 40), stage.minutes(7, 14))
    stage.diary.order(out, back, out.end, cancelled=True)
    stage.used("R04", out, back, "派车单已撤销，不能免责")


def evening_order_filed_too_late(stage: Stage) -> None:
    out, back = stage.there_and_back(stage.private(17, 30), stage.at(19, 25, 40), stage.minutes(7, 14))
    stage.diary.order(out, back, out.end, "事后两天才补单", filed_after_s=2 * 86_400.0)
    stage.used("R04", out, back, "补单超过24小时，不能免责")


def evening_uploaded_late(stage: Stage) -> None:
    legs = stage.there_and_back(stage.private(17, 30), stage.at(19, 25, 40), stage.minutes(7, 14))
    stage.diary.late += legs
    stage.used("R04", *legs, "晚间用车，位置数小时后补传")


def night_across(stage: Stage, before: str, after: str) -> None:
    """Out before midnight, back after it, across a border of the calendar."""
    midnight_s = clock(stage.day + timedelta(days=1), 0)
    place = stage.private(22, 28)
    out, back = stage.there_and_back(place, stage.at(23, 33, 2), stage.minutes(6, 7))
    stage.diary.misdeed(before, out.depart_s, midnight_s, "零点前后用车：零点前")
    stage.diary.misdeed(after, midnight_s, back.arrive_s, "零点前后用车：零点后")


def night_into_holiday(stage: Stage) -> None:
    night_across(stage, "R04", "R06")


def night_out_of_holiday(stage: Stage) -> None:
    night_across(stage, "R06", "R04")


def night_into_make_up_workday(stage: Stage) -> None:
    night_across(stage, "R05", "R04")


def weekend_errand(stage: Stage) -> None:
    legs = stage.there_and_back(stage.private(12, 30), stage.at(8, 0, 540), stage.minutes(7, 15))
    stage.used("R05", *legs, "周末用车，无派车单")


def weekend_visit(stage: Stage) -> None:
    legs = stage.there_and_back(stage.private(12, 35), stage.at(8, 0, 360), stage.minutes(45, 200))
    stage.used("R05", *legs, "周末走亲访友，往返各一次")


def weekend_at_farm_restaurant(stage: Stage) -> None:
    place = stage.sensitive(12, 40, "农家乐")
    out, back = stage.there_and_back(place, stage.at(10, 30, 60), stage.minutes(60, 120))
    stage.used("R05", out, back, "周末驾车到农家乐")
    stage.diary.misdeed("R10", out.arrive_s, back.depart_s, f"周末停留{place.name}")


def holiday_errand(stage: Stage) -> None:
    legs = stage.there_and_back(stage.private(12, 35), stage.at(8, 0, 600), stage.minutes(7, 15))
    stage.used("R06", *legs, "节假日用车，未封存")


def holiday_visit(stage: Stage) -> None:
    legs = stage.there_and_back(stage.private(12, 40), stage.at(8, 0, 420), stage.minutes(50, 240))
    stage.used("R06", *legs, "节假日走亲访友，往返各一次")


def holiday_before_eight(stage: Stage) -> None:
    legs = stage.there_and_back(stage.private(12, 25), stage.at(5, 30, 30), stage.minutes(7, 12))
    stage.used("R06", *legs, "假期第一天8点前用车（按世界时仍是前一天）")


def holiday_under_cancelled_order(stage: Stage) -> None:
    out, back = stage.there_and_back(stage.private(12, 35), stage.at(9, 0, 300), stage.minutes(7, 15))
    stage.diary.order(out, back, out.end, "节日值班", cancelled=True)
    stage.used("R06", out, back, "节假日用车，派车单已撤销")


def holiday_at_scenic_spot(stage: Stage) -> None:
    place = stage.sensitive(10, 60, "景区")
    out, back = stage.there_and_back(place, stage.at(9, 0, 120), stage.minutes(60, 180))
    stage.used("R06", out, back, f"节假日驾车到{place.name}")
    stage.diary.misdeed("R10", out.arrive_s, back.depart_s, f"节假日停留{place.name}")


def holiday_journey(stage: Stage) -> None:
    """Two days out of the district, a night there."""
    next_day = stage.day + timedelta(days=1)
    out = stage.diary.drive(stage.pick(stage.places.outside, 12, 90), stage.at(9, 0, 120))
    back = stage.diary.home(clock(next_day, 15))
    stage.used("R06", out, back, "假期驾车外出过夜")
    stage.left_district(out, back, "假期驶出辖区过夜")
    stage.diary.misdeed("R07", out.depart_s + 86_400.0, back.arrive_s, "假期驾车外出过夜，一天多未回单位")
    stage.diary.misdeed("R08", stage.at(22), clock(next_day, 5), "夜间停在辖区外")


def night_at_a_village(stage: Stage) -> None:
    out = stage.diary.drive(stage.private(8, 40), stage.at(17, 20, 30))
    next_day = stage.day + timedelta(days=1)
    stage.diary.home(clock(next_day, 7, 45))
    stage.diary.misdeed("R08", stage.at(22), clock(next_day, 5), f"夜间停在{out.end.name}，未回单位")


def night_at_home(stage: Stage) -> None:
    out = stage.diary.drive(stage.sensitive(3, 40, "小区"), stage.at(17, 20, 30))
    next_day = stage.day + timedelta(days=1)
    back = stage.diary.home(clock(next_day, 7, 45))
    why = f"开回{out.end.name}过夜"
    stage.diary.misdeed("R08", stage.at(22), clock(next_day, 5), why)
    stage.diary.misdeed("R10", out.arrive_s, back.depart_s, why)


def late_from_a_village(stage: Stage) -> None:
    out = stage.diary.drive(stage.private(17, 25), stage.at(17, 30, 20))
    back = stage.diary.home(stage.at(23, 10, 5))
    why = f"在{out.end.name}停到深夜才回"
    stage.diary.misdeed("R08", stage.at(22), back.depart_s, why)
    stage.diary.misdeed("R04", back.depart_s, back.arrive_s, why)


def out_of_district(stage: Stage) -> None:
    place = stage.pick(stage.places.outside, 12, 90)
    out, back = stage.there_and_back(place, stage.at(8, 30, 60), stage.minutes(40, 90))
    stage.diary.order(out, back, stage.places.official[0], "下乡调研")
    stage.left_district(out, back, f"派车单写的是区内，实际去了{place.name}")


def out_of_district_at_weekend(stage: Stage) -> None:
    place = stage.pick(stage.places.outside, 12, 90)
    out, back = stage.there_and_back(place, stage.at(9, 0, 60), stage.minutes(60, 120))
    stage.used("R05", out, back, f"周末去{place.name}")
    stage.left_district(out, back, f"周末驶出辖区去{place.name}")


def stop_on_the_way(stage: Stage) -> None:
    """An order to an office; the way back leads past somewhere else."""
    office = stage.pick(stage.places.official, 3, 35)
    place = stage.sensitive(3, 35)
    out = stage.diary.drive(office, stage.at(8, 30, 60))
    at_place = stage.diary.drive(place, out.arrive_s + stage.minutes(20, 40))
    back = stage.diary.home(at_place.arrive_s + stage.minutes(28, 80))
    stage.diary.order(out, back, office)
    stage.diary.misdeed("R10", at_place.arrive_s, back.depart_s, f"派车单去{office.name}，途中停留{place.name}")


def evening_out(stage: Stage) -> None:
    place = stage.sensitive(15, 30)
    out, back = stage.there_and_back(place, stage.at(19, 15, 15), stage.minutes(50, 65))
    stage.used("R04", out, back, f"晚间去{place.name}")
    stage.diary.misdeed("R10", out.arrive_s, back.depart_s, f"晚间停留{place.name}")
