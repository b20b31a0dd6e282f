"""JT/T 808, the protocol of terminals in Chinese vehicles, editions 2011, 2013 and 2019: frames, bodies, gateway."""
