"""One module a command; gongche.cli lists them."""
