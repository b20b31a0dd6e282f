"""Work calendar, facts, span algebra, rule language, catalogue. No I/O."""
