"""Every shipped rule: its case, its near misses, its excuses and the traps that apply. One file a rule.

Tests are named ``test_case_...``, ``test_near_miss_...``, ``test_excuse_...`` and ``test_trap_...``; the table of them
is docs/rule-tests.md. They run the whole judging, from positions to violations, with :mod:`tests.builders.ruling`.
"""
