"""The office's work: cases, draws, holiday campaigns, the finance check, points, contents of reports. No I/O."""
