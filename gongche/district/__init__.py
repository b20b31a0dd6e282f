"""The demonstration district: 宿豫区 with made-up offices, cars, drives and a known list of misdeeds."""
